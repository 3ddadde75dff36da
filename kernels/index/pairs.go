package index

import (
	"math"

	"moebench/kernels"
)

// pairs is the form of FP8 rows in bf16, which holds every FP8 code, for CPUs that multiply
// two bf16 elements in a lane. Products of codes are exact in f32, and scales are positive,
// so that they can wait:
//
//	round   q = codes of queries, w[h] times the query's scale
//	load    tile = codes of rows, then the scale of every row
//	scores  s[j] = scale[j] sum over heads of w[h] max(0, sum of codes x codes)
type pairs struct {
	tile []uint32  // [dim/2 pairs, and scales][tileRows]
	q    []uint32  // [heads][dim/2]
	w    []float32 // [heads]
}

func (s *pairs) begin(q, w []float32, dim int) {
	s.tile, s.q, s.w = kernels.Grow(s.tile, (dim/2+1)*tileRows), kernels.Grow(s.q, len(q)/2), kernels.Grow(s.w, len(w))
	for h, weight := range w {
		s.w[h] = weight * roundPairs.Best()(s.q[h*dim/2:(h+1)*dim/2], q[h*dim:(h+1)*dim])
	}
}

func (s *pairs) score(dst []float32, rows []byte) {
	loadPairs.Best()(s.tile, rows, len(rows)/tileRows, 2*(len(s.tile)/tileRows-1))
	scoresPairs.Best()(dst, s.tile, s.q, s.w)
}

// Of four elements, 0 and 2 are a pair, and 1 and 3: what shifts make of four bytes in a
// lane. pairOf is the pair of element i, and the shift to its half.
func pairOf(i int) (pair, shift int) { return i/4*2 + i%2, i % 4 / 2 * 16 }

// roundPairs rounds a query to FP8 and returns its scale.
var roundPairs = kernels.NewSet("index/round/pairs", roundPairsRef)

func roundPairsRef(q []uint32, x []float32) float32 {
	const top, floor = 448, 1e-4
	scale := max(maxAbs(x), floor) / top
	clear(q)
	for i, v := range x {
		pair, shift := pairOf(i)
		q[pair] |= kernels.BF16.Encode(kernels.FP8.Decode(kernels.FP8.Encode(v/scale))) << shift
	}
	return scale
}

// loadPairs decodes tileRows rows of size bytes into a tile.
var loadPairs = kernels.NewSet("index/load/pairs", loadPairsRef)

func loadPairsRef(tile []uint32, rows []byte, size, dim int) {
	p := Layout(kernels.FP8, dim).Parts[0]
	var scale [1]float32
	clear(tile)
	for j := range tileRows {
		row := rows[j*size:]
		for i := range dim {
			pair, shift := pairOf(i)
			tile[pair*tileRows+j] |= kernels.BF16.Encode(p.Format.Decode(p.At(row, i))) << shift
		}
		tile[dim/2*tileRows+j] = math.Float32bits(p.Scales(scale[:], row[p.Codes():])[0])
	}
}

// PairsFunc computes s[j] for the rows of a tile; len(w) is a multiple of HeadTile and
// len(q) = len(w) * dim / 2. s has room for a whole tile, even where it is shorter.
type PairsFunc func(s []float32, tile, q []uint32, w []float32)

var scoresPairs = kernels.NewSet[PairsFunc]("index/scores/pairs", scoresPairsRef)

func scoresPairsRef(s []float32, tile, q []uint32, w []float32) {
	n := len(q) / len(w)
	low := func(x uint32) float32 { return kernels.BF16.Decode(x & 0xffff) }
	high := func(x uint32) float32 { return kernels.BF16.Decode(x >> 16) }
	for j := range s {
		var sum float32
		for h, weight := range w {
			var dot float32
			for i, x := range q[h*n : (h+1)*n] {
				y := tile[i*tileRows+j]
				dot += low(x) * low(y)
				dot += high(x) * high(y)
			}
			sum += weight * max(dot, 0)
		}
		s[j] = sum * math.Float32frombits(tile[n*tileRows+j])
	}
}
