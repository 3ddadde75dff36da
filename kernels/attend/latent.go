package attend

import (
	"moebench/kernels"
	"moebench/kernels/vec"
)

// Latents are cache rows that serve all heads, as key and, with their first
// elements, as value. Rows are decoded block by block, once for all
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

// fetchAhead is how many rows before its turn a row is asked for: decoding leaves memory idle most of
// the time, and of chosen rows nothing but their ids tells where the next one is.
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
// of 16. Or it is nil: the queries are those of the last call, of the same shape. If with is not
// nil, s has no rows, and what these find is merged with it: s is to be Reset then.
func (s *State) AddLatents(q []float32, l *Latents, ids []int32, first, all int, with *Sums) {
	switch {
	case !layoutInPairs(l.Layout):
		s.addLatentFloats(q, l, ids, first, all)
	case ids == nil && isPlain(l.Layout): // with 16 heads copying them took as long as attending
		size := l.Layout.Bytes()
		s.addBlocks(q, l.Data[first*size:(first+all)*size], nil, all, nil)
	default:
		s.addLatentPairs(q, l, ids, first, all, with)
		return
	}
	if with != nil {
		with.Merge(0, s.Sums)
	}
}

// addLatentFloats adds rows decoded to f32.
func (s *State) addLatentFloats(q []float32, l *Latents, ids []int32, first, all int) {
	if q == nil {
		q = s.queries
	}
	s.queries = q
	s.clear()
	stride := s.dim + tileGap
	s.tile = kernels.Grow(s.tile, BlockRows*stride)
	scores, mix, queries := scoreSets[kernels.F32].Best(), mixSets[kernels.F32].Best(), PadQueries(s.g)
	s.decoder.set(l.Layout, loads, loadWidth)
	tile, fetch := kernels.FloatBytes(s.tile), vec.Fetch.Best()
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
