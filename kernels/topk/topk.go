package topk

import (
	"slices"

	"moebench/kernels"
)

// Select fills ids with the indices of the len(ids) largest scores, in
// descending order. len(ids) must not exceed len(scores). It allocates nothing.
func Select(ids []int32, scores []float32) {
	if len(ids) == 0 { // a kernel would look for the place of every score
		return
	}
	if len(ids) > some {
		large(ids, scores)
		return
	}
	whole, found := 0, 0
	if len(scores) >= step && len(ids) <= few {
		whole = len(scores) &^ (step - 1)
		found = first.Best()(ids, scores[:whole])
	}
	found = insert(ids, found, scores, whole)
	fill(ids, found, scores, isNaN)
}

const (
	few  = 16 // the largest k for a kernel
	some = 32 // and for a sorted list; beyond it a heap is cheaper
	step = 32 // scores a kernel looks at together
)

// first is Select for few ids and a multiple of step scores, but leaves NaN out: it
// returns how many others it found.
var first = kernels.NewSet("topk/first", firstRef)

func firstRef(ids []int32, x []float32) int { return insert(ids, 0, x, 0) }

// insert takes the scores from one on into a list of the best found before, and returns
// how long it is then. Of equal scores the first one stays in front.
func insert(ids []int32, found int, scores []float32, from int) int {
	for i := from; i < len(scores); i++ {
		s := scores[i]
		if s != s || found == len(ids) && (found == 0 || !(s > scores[ids[found-1]])) {
			continue
		}
		found = min(found+1, len(ids))
		at := found - 1
		for ; at > 0 && s > scores[ids[at-1]]; at-- {
			ids[at] = ids[at-1]
		}
		ids[at] = int32(i)
	}
	return found
}

// fill completes a selection with what a comparison cannot find: such scores as it is
// told, lowest indices first. It returns how many there are then.
func fill(ids []int32, found int, scores []float32, such func(float32) bool) int {
	for i := 0; found < len(ids) && i < len(scores); i++ {
		if such(scores[i]) {
			ids[found] = int32(i)
			found++
		}
	}
	return found
}

func isNaN(s float32) bool { return s != s }

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
