package hw

import (
	"slices"
	"testing"
)

// TestRank: the fastest comes first though the machine slows down for whole rounds; of two
// that are as fast, one is slower more often than not.
func TestRank(t *testing.T) {
	times, call := []float64{3, 1, 2, 1}, 0
	got, medians := Rank(len(times), 7, func(i int) float64 {
		round := call / len(times)
		call++
		slow := []float64{1, 9, 1, 100, 1, 1, 2}[round]
		if i == 1 && round%2 == 0 {
			slow *= 1.5
		}
		return times[i] * slow
	})
	if want := []int{3, 1, 2, 0}; !slices.Equal(got, want) || call != 28 {
		t.Errorf("order %v after %d turns, want %v", got, call, want)
	}
	if all := 3 + 1.5 + 2 + 1; medians[3] != 1/all || medians[0] != 3/all {
		t.Errorf("medians %v, want those of the parts of %g", medians, all)
	}
}

// TestLeast: of ways that are nearly as fast as the fastest the first counts.
func TestLeast(t *testing.T) {
	for _, c := range []struct {
		times []float64
		want  int
	}{{[]float64{2, 1.01, 1}, 1}, {[]float64{2, 1.03, 1}, 2}, {[]float64{1, 1, 1}, 0}} {
		if got := Least(len(c.times), 3, func(i int) float64 { return c.times[i] }); got != c.want {
			t.Errorf("of %v number %d counts, want %d", c.times, got, c.want)
		}
	}
}
