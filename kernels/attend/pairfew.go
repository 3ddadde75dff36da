package attend

import (
	"math"

	"moebench/kernels"
)

// This file is attention of at most pairQueries queries, those of a token that share a kv
// head, to BF16 rows: it takes little more time than memory. So one kernel does all, tile by
// tile: everything at hand stays in the first-level cache, and the next tile is asked for
// evenly, without a pause between scores, weights and sums.

const (
	// fewRows is a tile's rows.
	fewRows = 2 * pairRows
	// fewAtOnce is how many rows a call takes, some 40 us.
	fewAtOnce = 84 * fewRows
	// fewRise is how far a score may be above those that weights are relative to: below, what
	// was added before need not be scaled. Such weights are up to e^6.
	fewRise = 6
)

// PairFewFunc adds n BF16 rows k and v to what pairQueries queries, packed, have found: out
// [8][dim], sums of weights, and top, the scores they are relative to. Behind the n rows there
// are finite ones, up to a multiple of fewRows. It works in scratch, of 12*fewRows.
type PairFewFunc func(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, n int)

var pairFew = kernels.NewSet[PairFewFunc]("attend/few", pairFewRef)

func pairFewRef(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, n int) {
	const pitch = pairQueries
	for at := 0; at < n; at += fewRows {
		rows, from := min(fewRows, n-at), 2*at*dim
		pairScoresRef(scratch, q, k[from:], dim, pitch, rows, dim, pitch, nil)
		var weights [fewRows * pitch]uint16
		var scale [pitch]float32
		for h := range pitch {
			score := func(j int) *float32 { return &scratch[(j/2*pitch+h)*2+j%2] }
			most := top[h]
			for j := range rows {
				if x := *score(j); x > most {
					most = x
				}
			}
			scale[h] = 1
			if most-top[h] > fewRise {
				scale[h] = float32(math.Exp(float64(top[h] - most)))
				top[h] = most
				sum[h] *= scale[h]
			}
			for j := range rows {
				code := kernels.BF16.Encode(float32(math.Exp(float64(*score(j) - top[h]))))
				weights[(j/2*pitch+h)*2+j%2] = uint16(code)
				sum[h] += kernels.BF16.Decode(code)
			}
		}
		pairMixRef(out, weights[:], v[from:], scale[:], dim, pitch, rows, dim, pitch, nil)
	}
}

// addFew is Add.
func (s *State) addFew(q []float32, k, v []byte, n int) {
	row, tile := 2*s.dim, fewRows*s.dim
	first := min(n, fewRows) * row
	fetch := fetches.Best()
	fetch(k[:first])
	fetch(v[:first])
	s.beginPairs(q, 2*tile)
	few, whole := pairFew.Best(), n-n%fewRows
	add := func(k, v []byte, n int) {
		few(s.out, s.pairs.q, k, v, s.max, s.sum, s.pairs.scores, s.dim, n)
	}
	for at := 0; at < whole; at += fewAtOnce {
		add(k[at*row:], v[at*row:], min(fewAtOnce, whole-at))
	}
	if rest := whole * row; whole < n {
		keys, values := s.pairs.tile[:tile], s.pairs.tile[tile:]
		clear(keys)
		clear(values)
		copy(wordBytes(keys), k[rest:n*row])
		copy(wordBytes(values), v[rest:n*row])
		add(wordBytes(keys), wordBytes(values), n-whole)
	}
	s.empty = false
}
