package attend

import (
	"moebench/kernels"
)

// Latents are cache rows that serve all heads, as key and, with their first
// elements, as value. Rows are decoded to f32 block by block, once for all
// queries of a State: memory is read in the stored form.
type Latents struct {
	Layout kernels.RowLayout
	Data   []byte // [rows][Layout.Bytes()]
}

// Pad16 is the width a part of n elements has in queries and values: whole
// registers, filled with zeros.
func Pad16(n int) int { return (n + 15) &^ 15 }

// latentRows is how many rows are decoded before they meet the queries: so few that
// they stay in the first-level cache while all queries pass by.
const latentRows = 6

// fetchAhead is how many rows before its turn a row is asked for.
const fetchAhead = 24

// tileGap keeps decoded rows from beginning a power of two apart, where a strip of
// columns would fall on a few lines of the first-level cache.
const tileGap = 16

// Dim is the width of a decoded row: both parts, padded.
func Dim(l kernels.RowLayout) int { return Pad16(l.Parts[0].N) + Pad16(l.Parts[1].N) }

// Row is the stored form of row i.
func (l *Latents) Row(i int) []byte { return l.Layout.Row(l.Data, i) }

// AddLatents attends to all more rows: those of ids[:all], or first, first+1, ... when
// ids is nil. q is [PadQueries(G)][Dim], scaled; each part begins at a multiple
// of 16.
func (s *State) AddLatents(q []float32, l *Latents, ids []int32, first, all int) {
	stride := s.dim + tileGap
	s.tile = kernels.Grow(s.tile, BlockRows*stride)
	scores, mix, queries := scoreSets[kernels.F32].Best(), mixSets[kernels.F32].Best(), PadQueries(s.g)
	s.decoder.set(l.Layout)
	tile, fetch := kernels.FloatBytes(s.tile), fetches.Best()
	for at := 0; at < all; at += BlockRows {
		rows := min(BlockRows, all-at)
		for j := 0; j < rows; j += latentRows {
			n := min(latentRows, rows-j)
			for i := at + j; i < at+j+n; i++ {
				if ahead := i + fetchAhead; ahead < all {
					fetch(l.Row(id(ids, first, ahead)))
				}
				s.decoder.decode(s.tile[(i-at)*stride:][:s.dim], l.Row(id(ids, first, i)))
			}
			scores(s.scores[j:], q, tile[j*stride*4:], s.dim, queries, n, stride, nil)
		}
		s.weigh(0, rows, at, nil)
		mix(s.out, s.scores, tile, s.value, queries, rows, stride, nil)
	}
}

// id is the row that comes as the i-th.
func id(ids []int32, first, i int) int {
	if ids == nil {
		return first + i
	}
	return int(ids[i])
}

// decoder knows where the parts of a row are and what decodes them, looked up once for
// many rows.
type decoder struct {
	parts [2]partDecoder
	n     int // parts there are
}

type partDecoder struct {
	n, block           int // elements of the part and of those that share a scale
	to                 int // its place in a decoded row
	from, scales, last int // in a stored row: its codes, its scales and their end
	load               LoadFunc
}

func (d *decoder) set(l kernels.RowLayout) {
	d.n = 0
	to, from, scales := 0, 0, l.Parts[0].Codes()+l.Parts[1].Codes()
	for _, p := range l.Parts {
		if p.N > 0 {
			set := loads[loadKind{p.Format, p.Scale}]
			load := set.Best()
			if p.N%16 != 0 {
				load = set.Variants()[0].Func
			}
			d.parts[d.n] = partDecoder{p.N, p.Block, to, from, scales, scales + p.ScaleBytes(), load}
			d.n++
		}
		to, from, scales = to+Pad16(p.N), from+p.Codes(), scales+p.ScaleBytes()
	}
}

// decode writes one row to dst [Dim].
func (d *decoder) decode(dst []float32, row []byte) {
	for i := range d.n {
		p := &d.parts[i]
		p.load(dst[p.to:][:p.n], row[p.from:], row[p.scales:p.last], p.block)
		if p.n%16 != 0 {
			clear(dst[p.to+p.n : p.to+Pad16(p.n)])
		}
	}
}

// fetches ask for a row that is decoded soon: decoding leaves memory idle most of the time,
// and of chosen rows nothing but their ids tells where the next one is. Doing without is
// correct.
var fetches = kernels.NewSet("attend/fetch", func(row []byte) {})

// LoadFunc decodes len(dst) codes, for variants a multiple of 16, and multiplies each block
// of them, a multiple of 16 too, by its scale if there are scales.
type LoadFunc func(dst []float32, codes, scales []byte, block int)

type loadKind struct {
	format kernels.Format
	scale  kernels.ScaleKind
}

var (
	loadF32      = kernels.NewSet[LoadFunc]("attend/load/f32", copyF32)
	loadBF16     = kernels.NewSet("attend/load/bf16", loadRef(kernels.BF16, kernels.NoScale))
	loadPowerFP8 = kernels.NewSet("attend/load/fp8/ue8m0", loadRef(kernels.FP8, kernels.PowerScale))
	loadFloatFP8 = kernels.NewSet("attend/load/fp8/f32", loadRef(kernels.FP8, kernels.FloatScale))
)

var loads = map[loadKind]*kernels.Set[LoadFunc]{
	{kernels.F32, kernels.NoScale}: loadF32, {kernels.BF16, kernels.NoScale}: loadBF16,
	{kernels.FP8, kernels.PowerScale}: loadPowerFP8, {kernels.FP8, kernels.FloatScale}: loadFloatFP8,
}

func copyF32(dst []float32, codes, _ []byte, _ int) { copy(dst, kernels.Floats(codes[:4*len(dst)])) }

func loadRef(f kernels.Format, scale kernels.ScaleKind) LoadFunc {
	return func(dst []float32, codes, scales []byte, block int) {
		kernels.RowPart{N: len(dst), Format: f, Block: block, Scale: scale}.Decode(dst, codes, scales)
	}
}
