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
// bar: later scores that equal it come after it in the order. Where k is a small part
// of the scores a sample of them sets the first bar; should that be too high, which is
// one case in a thousand, everything begins again without one.
func (s *Selector) Select(ids []int32, scores []float32) {
	k := len(ids)
	if k == 0 {
		return
	}
	s.found = kernels.Grow(s.found, max(4*k, 4096)+collectStep)
	n := 0
	if k >= sparse && len(scores) >= sparse*k {
		n = s.collect(scores, k, s.sample(scores, k))
	}
	if n < k {
		n = s.collect(scores, k, float32(math.Inf(-1)))
	}
	if n > k {
		n, _ = s.reduce(n, k, scores)
	}
	copy(ids, s.found[:n])
	if n < k {
		n = fill(ids, n, scores, func(s float32) bool { return math.IsInf(float64(s), -1) })
		fill(ids, n, scores, isNaN)
		slices.Sort(ids)
	}
}

// collect finds candidates above a bar and returns how many: all that are there if
// fewer than k, else the best k and perhaps others.
func (s *Selector) collect(scores []float32, k int, bar float32) (n int) {
	kernel := collect.Best()
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
	return n
}

// A sample has sampled members for the k best of all. Poisson's distribution gives
// them 12 or more once in a thousand times, so the 12th of the sample is below the
// k-th of all, and about 3k scores are above it.
const (
	sparse     = 32 // chosen scores, and scores for each of them, from which on sampling pays
	sampled    = 4
	sampleRank = 12
)

// sample is a score that most likely more than k scores exceed.
func (s *Selector) sample(scores []float32, k int) float32 {
	n := sampled * (len(scores) / k)
	s.values = kernels.Grow(s.values, n)
	step := len(scores) / n
	for i := range s.values {
		s.values[i] = scores[i*step]
	}
	return nth(s.values, sampleRank)
}

// reduce keeps the best k of n candidates, in order, and returns a bar for others:
// at most the score of the worst, above all scores that were thrown away but equals.
func (s *Selector) reduce(n, k int, scores []float32) (int, float32) {
	s.values = kernels.Grow(s.values, n)
	for i, id := range s.found[:n] {
		s.values[i] = scores[id]
	}
	bar := nth(s.values, k)
	above := number(key(bar+0) + 1)       // the next number, not that of -0; after +Inf NaN, which none reaches
	equal := k - atLeast(s.values, above) // of those at the bar
	kept := 0
	for i, v := range s.values {
		s.found[kept] = s.found[i]
		if v == bar {
			equal--
		}
		if v > bar || v == bar && equal >= 0 {
			kept++
		}
	}
	return kept, bar
}

// nth is a value that exactly k of x reach, or the k-th largest where equals forbid
// that; -Inf if there are fewer than k numbers. It halves an interval of bit patterns,
// which in the form of keys are ordered as the numbers are.
func nth(x []float32, k int) float32 {
	lo, hi := key(float32(math.Inf(-1))), key(float32(math.Inf(1)))
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		switch n := atLeast(x, number(mid)); {
		case n == k:
			return number(mid)
		case n > k:
			lo = mid
		default:
			hi = mid - 1
		}
	}
	return number(lo)
}

// key orders numbers as unsigned integers; number is its inverse.
func key(f float32) uint32 {
	b := math.Float32bits(f)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

func number(k uint32) float32 {
	return math.Float32frombits(k ^ (uint32(int32(^k)>>31) | 1<<31))
}

// atLeast counts the numbers of x that are bar or more.
func atLeast(x []float32, bar float32) int {
	n := len(x) &^ (collectStep - 1)
	found := atLeastRef(x[n:], bar)
	if n > 0 {
		found += counts.Best()(x[:n], bar)
	}
	return found
}

// counts is atLeast for whole steps of scores.
var counts = kernels.NewSet("topk/count", atLeastRef)

func atLeastRef(x []float32, bar float32) (found int) {
	for _, v := range x {
		if v >= bar {
			found++
		}
	}
	return found
}

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
