package topk

import (
	"math"
	"math/bits"
	"slices"

	"moebench/kernels"
)

// smallK is the largest k kept as a sorted list; beyond it a heap is cheaper.
const smallK = 32

// Select fills ids with the indices of the len(ids) largest scores, in
// descending order. len(ids) must not exceed len(scores). It allocates nothing.
func Select(ids []int32, scores []float32) {
	k := len(ids)
	if k > smallK {
		large(ids, scores)
		return
	}
	if k == 0 {
		return
	}
	var buffer [smallK]uint64
	best, whole, bar := buffer[:k], len(scores)&^(groups-1), float32(math.Inf(-1))
	if whole > 0 {
		if bound := bounds.Best()(scores[:whole], k); bound > bar {
			bar = number(key(bound+0) - 1) // the number before; -0 + 0 is 0, whose key is above that of -0
		}
	}
	for at := 0; at < whole; at += piece {
		for i, m := range above.Best()(scores[at:min(at+piece, whole)], bar) {
			for ; m != 0; m &= m - 1 {
				j := at + i*64 + bits.TrailingZeros64(m)
				insert(best, scores[j], j)
			}
		}
	}
	for i, s := range scores[whole:] {
		if s > bar {
			insert(best, s, whole+i)
		}
	}
	found := 0
	for ; found < k && best[found] != 0; found++ {
		ids[found] = int32(^best[found])
	}
	if found < k {
		fill(ids, found, scores)
	}
}

// insert puts score i among the best so far, in descending order, without branches: what
// comes first is as good as random. A score and the complement of its index are one
// number, so that of equals the first one is larger.
func insert(best []uint64, score float32, i int) {
	next := uint64(key(score+0))<<32 | uint64(^uint32(i))
	for j, b := range best {
		best[j], next = max(b, next), min(b, next)
	}
}

// piece is how many scores are marked at a time, at most.
const piece = 256

// above sets bit i%64 of marks[i/64] for every x[i] > bar; len(x) is a multiple of 32.
var above = kernels.NewSet("topk/above", aboveRef)

func aboveRef(x []float32, bar float32) (marks [piece / 64]uint64) {
	for i, v := range x {
		if v > bar {
			marks[i/64] |= 1 << (i % 64)
		}
	}
	return marks
}

// groups is how many groups of scores a bound is made of.
const groups = 32

// bounds find a bound that k scores reach. Of every 32nd score from each of the
// first 32 on only the largest counts; of these the k-th largest value is the bound,
// equals counting once, or -Inf if there are fewer. len(x) is a multiple of 32.
var bounds = kernels.NewSet("topk/bound", boundRef)

func boundRef(x []float32, k int) float32 {
	var top [groups]float32
	for i := range top {
		top[i] = float32(math.Inf(-1))
	}
	for i, v := range x {
		if v > top[i%groups] {
			top[i%groups] = v
		}
	}
	bound := float32(math.Inf(1))
	for round := range k {
		next := float32(math.Inf(-1))
		for _, v := range top {
			if v > next && (v < bound || round == 0) {
				next = v
			}
		}
		bound = next
	}
	return bound
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
