package attend

import "moebench/kernels"

// decoder knows where the parts of a row are and what decodes them to f32 or bf16, looked
// up once for many rows.
type decoder[E any] struct {
	parts [2]partDecoder[E]
	n     int // parts there are
}

type partDecoder[E any] struct {
	n, block           int // elements of the part and of those that share a scale
	to                 int // its place in a decoded row
	from, scales, last int // in a stored row: its codes, its scales and their end
	load               loadFunc[E]
}

func (d *decoder[E]) set(l kernels.RowLayout, loads map[loadKind]*kernels.Set[loadFunc[E]], width int) {
	d.n = 0
	to, from, scales := 0, 0, l.Parts[0].Codes()+l.Parts[1].Codes()
	for _, p := range l.Parts {
		if p.N > 0 {
			set := loads[loadKind{p.Format, p.Scale}]
			load := set.Best()
			if p.N%width != 0 || p.Block%width != 0 {
				load = set.Reference()
			}
			d.parts[d.n] = partDecoder[E]{p.N, p.Block, to, from, scales, scales + p.ScaleBytes(), load}
			d.n++
		}
		to, from, scales = to+Pad16(p.N), from+p.Codes(), scales+p.ScaleBytes()
	}
}

// decode writes one row to dst [Dim].
func (d *decoder[E]) decode(dst []E, row []byte) {
	for i := range d.n {
		p := &d.parts[i]
		p.load(dst[p.to:][:p.n], row[p.from:], row[p.scales:p.last], p.block)
		if p.n%16 != 0 {
			clear(dst[p.to+p.n : p.to+Pad16(p.n)])
		}
	}
}

// loadWidth is what variants take codes by: the parts of a row and the blocks that share a
// scale are a multiple of it, or the reference decodes them.
const loadWidth = 16

// loadFunc decodes len(dst) codes and multiplies each block of them by its scale if there are
// scales. What it writes is f32, or bf16 nearest to it: the same number unless the scale is no
// power of two.
type loadFunc[E any] func(dst []E, codes, scales []byte, block int)

type loadKind struct {
	format kernels.Format
	scale  kernels.ScaleKind
}

var (
	loadF32      = kernels.NewSet[loadFunc[float32]]("attend/load/f32", copyF32)
	loadBF16     = kernels.NewSet("attend/load/bf16", loadRef(kernels.BF16, kernels.NoScale))
	loadPowerFP8 = kernels.NewSet("attend/load/fp8/ue8m0", loadRef(kernels.FP8, kernels.PowerScale))
	loadFloatFP8 = kernels.NewSet("attend/load/fp8/f32", loadRef(kernels.FP8, kernels.FloatScale))
)

var loads = map[loadKind]*kernels.Set[loadFunc[float32]]{
	{kernels.F32, kernels.NoScale}: loadF32, {kernels.BF16, kernels.NoScale}: loadBF16,
	{kernels.FP8, kernels.PowerScale}: loadPowerFP8, {kernels.FP8, kernels.FloatScale}: loadFloatFP8,
}

// To bf16 whole rows are decoded: see rowsFunc. These serve other layouts.
var (
	pairsBF16     = kernels.NewSet[loadFunc[uint16]]("attend/pairs/bf16", copyBF16)
	pairsPowerFP8 = kernels.NewSet("attend/pairs/fp8/ue8m0", roundRef(kernels.PowerScale, 1))
	pairsFloatFP8 = kernels.NewSet("attend/pairs/fp8/f32", roundRef(kernels.FloatScale, 4))
)

var pairLoads = map[loadKind]*kernels.Set[loadFunc[uint16]]{
	{kernels.BF16, kernels.NoScale}:   pairsBF16,
	{kernels.FP8, kernels.PowerScale}: pairsPowerFP8, {kernels.FP8, kernels.FloatScale}: pairsFloatFP8,
}

func copyF32(dst []float32, codes, _ []byte, _ int) { copy(dst, kernels.Floats(codes[:4*len(dst)])) }

func copyBF16(dst []uint16, codes, _ []byte, _ int) { copy(wordBytes(dst), codes) }

func loadRef(f kernels.Format, scale kernels.ScaleKind) loadFunc[float32] {
	return func(dst []float32, codes, scales []byte, block int) {
		kernels.RowPart{N: len(dst), Format: f, Block: block, Scale: scale}.Decode(dst, codes, scales)
	}
}

// roundRef decodes FP8 code by code, whose scales are size bytes: it serves parts of any
// size, and allocates nothing.
func roundRef(scale kernels.ScaleKind, size int) loadFunc[uint16] {
	return func(dst []uint16, codes, scales []byte, block int) {
		p := kernels.RowPart{Format: kernels.FP8, Block: block, Scale: scale}
		var x [1]float32
		for i := range dst {
			p.Decode(x[:], codes[i:], scales[i/block*size:])
			dst[i] = uint16(kernels.BF16.Encode(x[0]))
		}
	}
}
