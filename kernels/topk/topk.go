package topk

import (
	"math"
	"slices"

	"moebench/kernels"
)

// smallK is the largest k kept as a sorted list; beyond it a heap is cheaper.
const smallK = 32

// set selects for k <= smallK.
var set = kernels.NewSet("topk/small", smallRef)

// Select fills ids with the indices of the len(ids) largest scores, in
// descending order. len(ids) must not exceed len(scores). It allocates nothing.
func Select(ids []int32, scores []float32) {
	if len(ids) > smallK {
		large(ids, scores)
		return
	}
	found := set.Best()(ids, scores)
	if found < len(ids) {
		fill(ids, found, scores)
	}
}

// smallRef keeps the best so far sorted. It finds finite scores and +Inf alone
// and returns how many.
func smallRef(ids []int32, scores []float32) (found int) {
	var values [smallK + 1]float32 // of ids; the last one is the bar to pass
	k := len(ids)
	if k == 0 {
		return 0
	}
	bar := float32(math.Inf(-1))
	for i, s := range scores {
		if !(s > bar) {
			continue
		}
		j := found
		if found == k {
			j--
		} else {
			found++
		}
		for ; j > 0 && s > values[j-1]; j-- {
			values[j], ids[j] = values[j-1], ids[j-1]
		}
		values[j], ids[j] = s, int32(i)
		if found == k {
			bar = values[k-1]
		}
	}
	return found
}

// fill completes a selection with what a comparison cannot find: -Inf first,
// then NaN, lowest indices first.
func fill(ids []int32, found int, scores []float32) {
	for _, wantNaN := range []bool{false, true} {
		for i, s := range scores {
			if found == len(ids) {
				return
			}
			if (s != s) == wantNaN && (s != s || math.IsInf(float64(s), -1)) {
				ids[found] = int32(i)
				found++
			}
		}
	}
}

// before says that index a comes before index b in the order of the package.
func before(scores []float32, a, b int32) bool {
	x, y := scores[a], scores[b]
	if x != x || y != y {
		return x == x || y != y && a < b
	}
	return x > y || x == y && a < b
}

// large keeps the best so far in a heap with the last of them on top.
func large(ids []int32, scores []float32) {
	k := len(ids)
	for i := range ids {
		ids[i] = int32(i)
	}
	for i := k/2 - 1; i >= 0; i-- {
		sink(ids, scores, i)
	}
	for i := k; i < len(scores); i++ {
		if before(scores, int32(i), ids[0]) {
			ids[0] = int32(i)
			sink(ids, scores, 0)
		}
	}
	slices.SortFunc(ids, func(a, b int32) int {
		if before(scores, a, b) {
			return -1
		}
		return 1
	})
}

// sink restores the heap below node i: parents come after their children.
func sink(ids []int32, scores []float32, i int) {
	for {
		child := 2*i + 1
		if child >= len(ids) {
			return
		}
		if child+1 < len(ids) && before(scores, ids[child], ids[child+1]) {
			child++
		}
		if !before(scores, ids[i], ids[child]) {
			return
		}
		ids[i], ids[child] = ids[child], ids[i]
		i = child
	}
}
