package matmul

import (
	"unsafe"

	"moebench/kernels"
)

// TileTokens is the most rows one kernel call multiplies with a panel.
const TileTokens = 12

// groupCols is the number of columns of one step of the float kernels.
const groupCols = 16

// Input holds T activation rows in the form kernels read. Rows are cut into
// tiles of up to TileTokens; within a tile of n rows, blocks of columns of all
// rows lie side by side, in the order a kernel consumes them:
//
//	ActF32    X      [tile][K/16][n][16]  float32
//	ActF32Up  X      [tile][K/16][n][16]  float32, x * F32Up
//	ActBF16   B      [tile][K/16][n][16]  bf16, x rounded to nearest even
//	ActInt8   Q      [tile][K/32][n][32]  int8, Q = round(x / QScale)
//	          QScale [tile][K/32][n]      amax/127 of the block
//	          QStart [tile][K/32][n]      where the block's sums begin
//	          QMagic [tile][K/32][n]      and where those of 32 bits do
//
// Kernels multiply unsigned weights, which are too large by 16 or 128, so that a sum of
// products begins at -16 or -128 times the sum of the codes. QStart has two sums of the
// first kind, of 16 bits: of the first and, in the upper half, the last two of every four
// columns, which is how 16-bit products add up pairs. QMagic has one of the second kind,
// added to magic.
//
// K is padded with zeros to a multiple of 128, the widest block of any format.
type Input struct {
	T, K   int
	padded int
	most   int // rows of a tile: TileTokens, or 1
	source rowSource
	has    [4]bool // which forms are filled, by kernels.Activation

	X      [2][]float32 // ActF32 and ActF32Up
	B      []uint16
	Q      []int8
	QScale []float32
	QStart []int32
	QMagic []int32

	edge [kernels.FP8Block]float32 // the columns of a row after its last whole block
}

// rowSource is where rows are: row i is x[rows[i]*stride:], or row i itself when rows is nil.
type rowSource struct {
	x      []float32
	stride int
	rows   []int32
}

// Reset makes the input hold t rows of k columns, none of them converted yet. Row
// i is x[rows[i]*stride:][:k], or row i itself when rows is nil.
// Memory grows on first use and is kept.
func (in *Input) Reset(x []float32, stride, k int, rows []int32, t int) {
	in.reset(k, t, TileTokens, rowSource{x, stride, rows})
}

// ResetSingle is Reset with every row a tile by itself, to be gathered from.
func (in *Input) ResetSingle(x []float32, stride, k, t int) {
	in.reset(k, t, 1, rowSource{x, stride, nil})
}

func (in *Input) reset(k, t, most int, source rowSource) {
	in.T, in.K, in.most, in.source = t, k, most, source
	in.padded = (k + kernels.FP8Block - 1) / kernels.FP8Block * kernels.FP8Block
	in.has = [4]bool{}
}

// Set converts the rows for weights of a format, unless they are already. They stay as they
// are in other forms.
func (in *Input) Set(f kernels.Format) {
	if act := Activation(f); in.prepare(act) {
		in.fill(0, in.T, act)
	}
}

// prepare makes room for a form, and says whether it is to be filled.
func (in *Input) prepare(act kernels.Activation) bool {
	if in.has[act] {
		return false
	}
	in.has[act] = true
	switch n := in.padded * in.T; act {
	case kernels.ActInt8:
		in.Q, in.QScale = kernels.Grow(in.Q, n), kernels.Grow(in.QScale, n/32)
		in.QStart, in.QMagic = kernels.Grow(in.QStart, n/32), kernels.Grow(in.QMagic, n/32)
	case kernels.ActBF16:
		in.B = kernels.Grow(in.B, n)
	default:
		in.X[act] = kernels.Grow(in.X[act], n)
	}
	return true
}

// fill converts rows [first, last): several workers may, each its own, where no row ends
// within a block.
func (in *Input) fill(first, last int, act kernels.Activation) {
	for i := first; i < last; i++ {
		s, from := &in.source, i
		if s.rows != nil {
			from = int(s.rows[i])
		}
		row := s.x[from*s.stride:][:in.K]
		switch act {
		case kernels.ActInt8:
			in.quantise(i, row)
		case kernels.ActBF16:
			in.round(i, row)
		default:
			in.copyRow(in.X[act], i, row, factors[act])
		}
	}
}

// Gather is Reset and Set for rows of another input, which has them in the form for f, each by
// itself: they are copied.
func (in *Input) Gather(from *Input, rows []int32, f kernels.Format) {
	act := Activation(f)
	if !from.has[act] || from.most != 1 {
		panic("matmul: rows to gather were not set for the format, each by itself")
	}
	in.Reset(nil, 0, from.K, nil, len(rows))
	in.prepare(act)
	switch act {
	case kernels.ActInt8:
		gather[[kernels.QuantBlock]int8](in, rows, in.Q, from.Q)
		gather[float32](in, rows, in.QScale, from.QScale)
		gather[int32](in, rows, in.QStart, from.QStart)
		gather[int32](in, rows, in.QMagic, from.QMagic)
	case kernels.ActBF16:
		gather[[groupCols]uint16](in, rows, in.B, from.B)
	default:
		gather[[groupCols]float32](in, rows, in.X[act], from.X[act])
	}
}

// gather copies rows to tiles, in the order of these.
func gather[Block, E any](in *Input, rows []int32, to, source []E) {
	dst, src := blocks[Block](to), blocks[Block](source)
	count := len(dst) / in.T // of a row
	for i := range in.tiles() {
		first, n := in.tile(i)
		tile, rows := dst[first*count:][:n*count], rows[first:][:n]
		for b := range count {
			for t, row := range rows {
				tile[b*n+t] = src[int(row)*count+b]
			}
		}
	}
}

// blocks views elements as blocks of several.
func blocks[Block, E any](s []E) []Block {
	n := len(s) * int(unsafe.Sizeof(*new(E))) / int(unsafe.Sizeof(*new(Block)))
	return unsafe.Slice((*Block)(unsafe.Pointer(unsafe.SliceData(s))), n)
}

// factors are what rows are multiplied by in the forms of X.
var factors = [...]float32{kernels.ActF32: 1, kernels.ActF32Up: kernels.F32Up}

// halfTile is where many rows begin: kernels that loads limit no longer, and prefetches of their own.
const halfTile = TileTokens / 2

// tile returns the first row and the number of rows of tile i.
func (in *Input) tile(i int) (first, n int) {
	first = in.start(i)
	return first, in.start(i+1) - first
}

// start is the first row of tile i, or T. A few rows take a kernel much longer than as many
// more would: they share the last whole tile evenly, so that the last has more than half.
func (in *Input) start(i int) int {
	at, half := min(i*in.most, in.T), in.most/2
	if i > 0 && at < in.T && in.T-at < half {
		at -= half
	}
	return at
}

// tileOf returns the tile that row i is in.
func (in *Input) tileOf(i int) (first, n int) {
	tile := i / in.most
	if i >= in.start(tile+1) {
		tile++
	}
	return in.tile(tile)
}

func (in *Input) tiles() int { return (in.T + in.most - 1) / in.most }

// copyRow spreads row i times factor over its tile in blocks of 16 columns.
func (in *Input) copyRow(to []float32, i int, row []float32, factor float32) {
	first, n := in.tileOf(i)
	tile := to[first*in.padded+(i-first)*groupCols:]
	for b := 0; b < in.padded; b += groupCols {
		dst := (*[groupCols]float32)(tile[b*n:])
		if b+groupCols > len(row) {
			*dst = [groupCols]float32{}
			copy(dst[:], row[min(b, len(row)):])
		} else {
			*dst = [groupCols]float32(row[b:])
		}
		if factor != 1 {
			for j := 0; j < groupCols; j += 4 {
				d := (*[4]float32)(dst[j:])
				d[0], d[1], d[2], d[3] = d[0]*factor, d[1]*factor, d[2]*factor, d[3]*factor
			}
		}
	}
}

// quantise converts row i to int8 in blocks of 32 columns.
func (in *Input) quantise(i int, row []float32) {
	first, n := in.tileOf(i)
	slot := first*in.padded/kernels.QuantBlock + i - first
	whole, edge := in.split(row, kernels.QuantBlock)
	in.quantiseAt(slot, n, whole)
	in.quantiseAt(slot+len(whole)/kernels.QuantBlock*n, n, edge)
}

// split cuts a row into its whole blocks and the rest, with zeros up to the padded width.
func (in *Input) split(row []float32, block int) (whole, edge []float32) {
	n := len(row) / block * block
	if n == in.padded {
		return row, nil
	}
	in.edge = [kernels.FP8Block]float32{}
	copy(in.edge[:], row[n:])
	return row[:n], in.edge[:in.padded-n]
}

// quantiseAt puts the blocks of x into slots slot, slot+n, slot+2n, ...
func (in *Input) quantiseAt(slot, n int, x []float32) {
	if len(x) > 0 {
		quantise.Best()(in.Q[slot*kernels.QuantBlock:], in.QScale[slot:], in.QStart[slot:], in.QMagic[slot:], x, n)
	}
}

// round converts row i to bf16 in blocks of 16 columns.
func (in *Input) round(i int, row []float32) {
	first, n := in.tileOf(i)
	to := in.B[first*in.padded+(i-first)*groupCols:]
	whole, edge := in.split(row, groupCols)
	convert := round.Best()
	convert(to, whole, n)
	if len(edge) > 0 {
		convert(to[len(whole)*n:], edge, n)
	}
}
