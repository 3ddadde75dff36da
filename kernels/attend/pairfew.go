package attend

import (
	"math"

	"moebench/kernels"
	"moebench/kernels/vec"
)

// This file is attention of at most pairQueries queries, those of a token that share a kv
// head, to BF16 rows whose values are as long as keys: it takes little more time than memory. So
// one kernel does all, tile by tile: everything at hand stays in the first-level cache, and the
// next tile is asked for evenly, without a pause between scores, weights and sums, or, with a
// single query, read in an order that hardware prefetchers follow.

const (
	// fewRows is a tile's rows.
	fewRows = 2 * pairRows
	// oneRows is that for a single query, which needs no lanes for others.
	oneRows = 32
	// fewTiles is whole tiles of both kernels.
	fewTiles = 96
	// fewBytes is how much a call reads, some 50 us: a garbage collection waits for it.
	fewBytes = 48 * fewTiles * 4 * 128
	// fewScratch holds the scores and weights of a tile; beside it elements of a query go.
	fewScratch = 16 * fewRows
	// fewRise is how far a score may be above those that weights are relative to: below, what
	// was added before need not be scaled. Such weights are up to e^6. Scores of at most z rise
	// that far z/3 + 1 times, and each time what was there is scaled by a power within 2^-18 and
	// the rise times 2^-22.
	fewRise = 6
)

// PairFewFunc adds n BF16 rows k and v to what g queries, packed, have found: out [g][dim], sums
// of weights, and top, the scores they are relative to. Behind the n rows there are finite
// ones, up to a whole tile; what it finds for queries beyond g does not matter. It works in
// scratch, of fewScratch+dim. Meanwhile it may fetch to a cache what is read afterwards, from
// nextK and nextV on, if anything.
type PairFewFunc func(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, g, n int, nextK, nextV []byte)

// fewKernels are variants for so many queries, or fewer, and the rows of their tiles.
type fewKernels struct {
	queries, rows int
	set           *kernels.Set[PairFewFunc]
}

var (
	pairFew = fewKernels{pairQueries, fewRows, kernels.NewSet[PairFewFunc]("attend/few", pairFewRef)}
	pairOne = fewKernels{1, oneRows, kernels.NewSet[PairFewFunc]("attend/one", pairFewRef)}
)

func pairFewRef(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, g, n int, _, _ []byte) {
	for at := 0; at < n; at += fewRows {
		from := 2 * at * dim
		addTileRef(out, q, k[from:], v[from:], top, sum, scratch, dim, g, min(fewRows, n-at))
	}
}

func addTileRef(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, g, n int) {
	const pitch = pairQueries
	pairScoresRef(scratch, q, k, dim, g, n, dim, pitch, nil, nil)
	var weights [fewRows * pitch]uint16
	var scale, now [pitch]float32
	for h := range g {
		at := func(j int) int { return (j/2*pitch+h)*2 + j%2 }
		most := top[h]
		for j := range n {
			if x := scratch[at(j)]; x > most {
				most = x
			}
		}
		scale[h], now[h] = 1, 1
		if most-top[h] > fewRise {
			scale[h] = float32(math.Exp(float64(top[h] - most)))
			top[h] = most
			sum[h] *= scale[h]
		}
		for j := range n {
			code := kernels.BF16.Encode(float32(math.Exp(float64(scratch[at(j)] - top[h]))))
			weights[at(j)] = uint16(code)
			sum[h] += kernels.BF16.Decode(code)
		}
	}
	pairMixRef(out, weights[:], v, scale[:], now[:], dim, g, n, dim, pitch, nil, nil)
}

// fewAtOnce is how many keys and values of bf16 a call takes.
func fewAtOnce(dim int) int { return max(1, fewBytes/(4*dim*fewTiles)) * fewTiles }

// addFew is Add.
func (s *State) addFew(q []float32, k, v []byte, n int) {
	few := pairFew
	if s.g == 1 {
		few = pairOne
	}
	s.clear()
	row, tile := 2*s.dim, few.rows*s.dim
	fetch, first := vec.Fetch.Best(), min(n, few.rows)*row
	fetch(k[:first])
	fetch(v[:first])
	s.beginPairs(q, 2*tile)
	s.pairs.scores = kernels.Grow(s.pairs.scores, fewScratch+s.dim)
	ahead := s.ahead
	s.Ahead(nil, nil)
	kernel, whole := few.set.Best(), n-n%few.rows
	add := func(k, v []byte, n int, nextK, nextV []byte) {
		kernel(s.out, s.pairs.q, k, v, s.max, s.sum, s.pairs.scores, s.dim, s.g, n, nextK, nextV)
	}
	for at, rows := 0, fewAtOnce(s.dim); at < whole; at += rows {
		to := min(at+rows, whole)
		nextK, nextV := ahead[0], ahead[1]
		if to < n {
			nextK, nextV = k[to*row:], v[to*row:]
		}
		add(k[at*row:], v[at*row:], to-at, nextK, nextV)
	}
	if from, to := whole*row, n*row; whole < n { // behind the last rows are zeros
		keys, values := wordBytes(s.pairs.tile[:tile]), wordBytes(s.pairs.tile[tile:])
		clear(keys[copy(keys, k[from:to]):])
		clear(values[copy(values, v[from:to]):])
		add(keys, values, n-whole, ahead[0], ahead[1])
	}
	s.empty = false
}
