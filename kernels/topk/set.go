package topk

import (
	"math"
	"slices"

	"moebench/kernels"
)

// Selector finds sets of many out of very many: an indexer's 512 of 262,144 rows.
// It is scratch, for one goroutine at a time.
type Selector struct {
	found  []int32   // candidates so far, by ascending index
	values []float32 // of the candidates
}

// Select fills ids with the indices of the len(ids) largest scores, by ascending
// index, which is the order in which rows are best read. The set is that of the
// function Select. It allocates only when a larger one is asked for than before.
//
// It goes through the scores once, keeping those above a bar; whenever there are
// too many it throws all but the best k away, and the worst of these is the new
// bar: later scores that equal it come after it in the order.
func (s *Selector) Select(ids []int32, scores []float32) {
	k := len(ids)
	if k == 0 {
		return
	}
	s.found = kernels.Grow(s.found, max(4*k, 4096)+collectStep)
	n, bar, kernel := 0, float32(math.Inf(-1)), collect.Best()
	for at := 0; at < len(scores); {
		var used, more int
		if left := len(scores) - at; left >= collectStep {
			used, more = kernel(s.found[n:], scores[at:at+left&^(collectStep-1)], int32(at), bar)
		} else {
			used, more = collectRef(s.found[n:], scores[at:], int32(at), bar)
		}
		at, n = at+used, n+more
		if len(s.found)-n < collectStep {
			n, bar = s.reduce(n, k, scores)
		}
	}
	if n > k {
		n, _ = s.reduce(n, k, scores)
	}
	copy(ids, s.found[:n])
	if n < k {
		fill(ids, n, scores)
		slices.Sort(ids)
	}
}

// reduce keeps the best k of n candidates, in order, and returns the score of the
// worst.
func (s *Selector) reduce(n, k int, scores []float32) (int, float32) {
	s.values = kernels.Grow(s.values, n)
	for i, id := range s.found[:n] {
		s.values[i] = scores[id]
	}
	bar := nth(s.values, k-1)
	equal := k
	for _, id := range s.found[:n] {
		if scores[id] > bar {
			equal--
		}
	}
	kept := 0
	for _, id := range s.found[:n] {
		v := scores[id]
		if v == bar {
			equal--
		}
		if v > bar || v == bar && equal >= 0 {
			s.found[kept] = id
			kept++
		}
	}
	return kept, bar
}

// nth is the value that stands at i when x is sorted in descending order
// (Hoare's quickselect); x is reordered. There is no NaN in it.
func nth(x []float32, i int) float32 {
	for len(x) > 1 {
		pivot := median(x[0], x[len(x)/2], x[len(x)-1])
		lo, hi := 0, len(x)-1
		for lo <= hi {
			for x[lo] > pivot {
				lo++
			}
			for x[hi] < pivot {
				hi--
			}
			if lo <= hi {
				x[lo], x[hi] = x[hi], x[lo]
				lo, hi = lo+1, hi-1
			}
		}
		switch { // [0, hi] >= pivot, (hi, lo) == pivot, [lo, end) <= pivot
		case i <= hi:
			x = x[:hi+1]
		case i >= lo:
			x, i = x[lo:], i-lo
		default:
			return pivot
		}
	}
	return x[0]
}

func median(a, b, c float32) float32 { return max(min(a, b), min(max(a, b), c)) }

// collectStep is the number of scores a kernel looks at together.
const collectStep = 16

// collect appends to ids first+i for every scores[i] > bar, until fewer than
// collectStep places are left; len(scores) is a multiple of collectStep. It
// returns how many scores it used and how many indices it found.
var collect = kernels.NewSet[collectFunc]("topk/collect", collectRef)

type collectFunc func(ids []int32, scores []float32, first int32, bar float32) (used, found int)

func collectRef(ids []int32, scores []float32, first int32, bar float32) (used, found int) {
	for i, v := range scores {
		if i%collectStep == 0 && len(ids)-found < collectStep {
			return i, found
		}
		if v > bar {
			ids[found] = first + int32(i)
			found++
		}
	}
	return len(scores), found
}
