package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	// boundShare is the share of the wall from which a step counts as bound by
	// memory: what remains is the head, routing and synchronisation.
	boundShare = 0.75
	// aboveShare is the share that noise no longer explains: the wall was
	// disturbed, or weights came from a cache.
	aboveShare = 1.05
	// wideShare is how far an interval may reach from its median.
	wideShare = 0.10
	// stealShare is how much CPU time the host may take.
	stealShare = 0.02
	// movedHops is how many times longer than in others a line takes from core to core in some
	// samples, where the host moved this machine's CPUs from one cache to two, or back. A few such
	// samples change no median.
	movedHops = 2
)

// note is one reason to doubt a result: a word for a table cell, and a clause.
type note struct{ word, clause string }

// judge fills in the verdict, from the data alone.
func (r *Result) judge(group []Sample, enough bool) {
	share := float64(r.ShareOfWall)
	percent := fmt.Sprintf("%.0f %%", 100*share)
	var bound string
	switch {
	case !r.ShareOfWall.Known():
		bound = "wall not available"
	case share > aboveShare:
		bound = "above the wall: " + percent
		r.notes = append(r.notes, note{"> wall", "the wall was disturbed or bytes came from a cache"})
	case share >= boundShare:
		bound = "memory-bound: " + percent + " of the wall"
	default:
		bound = "below the wall: " + percent
		if r.ShareOfLimit.Known() {
			bound += fmt.Sprintf(", %.0f %% of the limit", 100*float64(r.ShareOfLimit))
		}
	}
	r.notes = append(r.notes, r.doubts(group, enough)...)
	clauses := []string{bound}
	for _, n := range r.notes {
		clauses = append(clauses, n.clause)
	}
	r.Verdict = strings.Join(clauses, "; ")
}

// doubts lists what makes the speed less certain than its digits look.
func (r *Result) doubts(group []Sample, enough bool) []note {
	var notes []note
	if !enough {
		notes = append(notes, note{"small n", fmt.Sprintf("n too small for an interval: %d", r.TokS.N)})
	}
	if low, high := float64(r.TokS.Lo/r.TokS.Median)-1, float64(r.TokS.Hi/r.TokS.Median)-1; low < -wideShare || high > wideShare {
		notes = append(notes, note{"noisy", fmt.Sprintf("noisy: %s to %s", signed(low), signed(high))})
	}
	if group[0].BeyondMaxPositions {
		notes = append(notes, note{"beyond", "context beyond the model's max positions"})
	}
	if s := steal(group); s > stealShare {
		notes = append(notes, note{"steal", fmt.Sprintf("the host took %.0f %% of the CPU time", 100*s)})
	}
	if near, far := hops(group); far > movedHops*near {
		notes = append(notes, note{"moved", fmt.Sprintf("the host moved the CPUs: a line takes %.0f to %.0f ns from core to core", near, far)})
	}
	for _, s := range group {
		if s.TotalParams != r.TotalParams || s.ActiveParams != r.ActiveParams || s.Extrapolated != r.Extrapolated || s.ResidentExperts != r.ResidentExperts {
			return append(notes, note{"mixed", "samples disagree about the parameters, or those in memory"})
		}
	}
	return notes
}

// signed prints a relative deviation; adding zero turns -0 into 0.
func signed(x float64) string { return fmt.Sprintf("%+.0f %%", math.Round(100*x)+0) }

// hops are how long a line takes from core to core in the middle half of the samples: at least, and
// at most.
func hops(group []Sample) (near, far float64) {
	var known []float64
	for _, s := range group {
		if s.HopNs > 0 {
			known = append(known, s.HopNs)
		}
	}
	if len(known) == 0 {
		return 0, 0
	}
	slices.Sort(known)
	n := len(known)
	return known[n/4], known[n-1-n/4]
}

// steal is the share of CPU time the host took, over the samples that know it; 0
// if none does.
func steal(group []Sample) float64 {
	var taken, had float64
	for _, s := range group {
		if s.StealNs >= 0 && s.ElapsedNs > 0 {
			taken += s.StealNs
			had += s.ElapsedNs * float64(s.Threads)
		}
	}
	if had == 0 {
		return 0
	}
	return taken / had
}
