package topk

import (
	"math/bits"
	"slices"

	"moebench/kernels"
)

// No paper says which of equal scores an indexer takes, and with few heads scores
// of exactly zero are common: all heads' products are negative. The published
// outputs come from torch.topk on a CPU, which takes whatever std::nth_element of
// libstdc++ leaves in front. SelectLikeTorch takes the same, so that outputs can be
// compared at all; everything else takes the lowest index.

// SelectLikeTorch is Select, except that where scores equal to the last one chosen
// are left over, it chooses among them as torch.topk does for a row of n >=
// len(scores) scores whose rest is masked with -Inf (and n < 64 len(ids), beyond
// which torch takes another way). NaN must not occur.
func (s *Selector) SelectLikeTorch(ids []int32, scores []float32, n int) {
	s.Select(ids, scores)
	if k := len(ids); k == 0 || 64*k <= n || !leftOver(ids, scores) {
		return
	}
	s.found = kernels.Grow(s.found, n)
	order := s.found[:n]
	for i := range order {
		order[i] = int32(i)
	}
	introselect(order, len(ids)-1, func(a, b int32) bool { // a comes before b
		if int(a) >= len(scores) {
			return false
		}
		return int(b) >= len(scores) || scores[a] > scores[b]
	})
	copy(ids, order)
	slices.Sort(ids)
}

// leftOver says whether a score that was not chosen equals the smallest chosen one.
func leftOver(ids []int32, scores []float32) bool {
	last := scores[ids[0]]
	for _, id := range ids {
		last = min(last, scores[id])
	}
	return atLeast(scores, last) > len(ids)
}

// introselect is Musser's algorithm with the choices of libstdc++: the median of
// the second, middle and last element as pivot, Hoare's partition, insertion sort
// below four elements, and a depth of 2 log2(n).
func introselect(x []int32, nth int, before func(a, b int32) bool) {
	first, last := 0, len(x)
	for depth := 2 * (bits.Len(uint(len(x))) - 1); last-first > 3 && depth > 0; depth-- {
		medianToFirst(x, first, first+1, first+(last-first)/2, last-1, before)
		pivot, lo, hi := x[first], first+1, last
		for {
			for before(x[lo], pivot) {
				lo++
			}
			hi--
			for before(pivot, x[hi]) {
				hi--
			}
			if lo >= hi {
				break
			}
			x[lo], x[hi] = x[hi], x[lo]
			lo++
		}
		if lo <= nth {
			first = lo
		} else {
			last = lo
		}
	}
	for i := first + 1; i < last; i++ { // stable
		for j := i; j > first && before(x[j], x[j-1]); j-- {
			x[j], x[j-1] = x[j-1], x[j]
		}
	}
}

// medianToFirst swaps the median of a, b and c to first.
func medianToFirst(x []int32, first, a, b, c int, before func(a, b int32) bool) {
	m := b
	switch ab, bc, ac := before(x[a], x[b]), before(x[b], x[c]), before(x[a], x[c]); {
	case ab && bc:
		m = b
	case ab && ac:
		m = c
	case ab || ac:
		m = a
	case bc:
		m = c
	}
	x[first], x[m] = x[m], x[first]
}
