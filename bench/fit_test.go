package bench

import (
	"math"
	"strings"
	"testing"
)

// Speed is 100/active exactly, so slope -1, intercept log10(100) = 2, R2 1. Total
// parameters are 100, 10, 100 billion: symmetrical, so slope 0 and R2 0, with
// the mean of 2, 1, 0 as intercept.
func exactResults() []Result {
	return []Result{testResult("a", 100, 1, 100, true), testResult("b", 10, 10, 10, true), testResult("c", 100, 100, 1, true)}
}

func TestFitExact(t *testing.T) {
	f := fitSpeed(exactResults())
	const eps = 1e-12 // logarithms of powers of ten, in float64
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"active slope", float64(f.Active.Slope), -1}, {"active intercept", float64(f.Active.Intercept), 2}, {"active R2", float64(f.Active.R2), 1},
		{"total slope", float64(f.Total.Slope), 0}, {"total intercept", float64(f.Total.Intercept), 1}, {"total R2", float64(f.Total.R2), 0},
		{"speed at 50 billion", f.Active.At(50e9), 2},
	} {
		if math.Abs(c.got-c.want) > eps {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	if got, want := f.Sentence(), "Active parameters explain speed: R2 1.00, against 0.00 for total parameters, 3 models."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// By hand: x = 0, 1, 2 and y = 2, 2, 0.5 have means 1 and 1.5, so slope =
// ((-1)(0.5) + (1)(-1)) / 2 = -0.75, intercept 2.25, residuals -0.25, 0.5, -0.25 with
// squares 0.375 of a total 0.25 + 0.25 + 1 = 1.5: R2 = 0.75.
func TestFitByHand(t *testing.T) {
	f := fitSpeed([]Result{
		testResult("a", 1, 1, 100, true), testResult("b", 10, 10, 100, true), testResult("c", 100, 100, math.Sqrt(10), true),
	})
	for name, v := range map[string][2]float64{
		"slope": {float64(f.Active.Slope), -0.75}, "intercept": {float64(f.Active.Intercept), 2.25}, "R2": {float64(f.Active.R2), 0.75},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, v[0], v[1])
		}
	}
}

func TestFitSentences(t *testing.T) {
	swap := exactResults()
	for i := range swap {
		swap[i].ActiveParams, swap[i].TotalParams = swap[i].TotalParams, swap[i].ActiveParams
	}
	noSpeed := exactResults()
	noSpeed[1].TokS.Median = missing()
	for _, c := range []struct {
		name    string
		results []Result
		want    string
	}{
		{"none", nil, "cannot be said: 0 models, at least 3 needed"},
		{"one", exactResults()[:1], "cannot be said: 1 model, at least 3 needed"},
		{"two", exactResults()[:2], "cannot be said: 2 models, at least 3 needed"},
		{"one without speed", noSpeed, "cannot be said: 2 models"},
		{"total", swap, "Total parameters explain speed: R2 1.00, against 0.00 for active"},
		{"dense", []Result{testResult("a", 1, 1, 9, false), testResult("b", 2, 2, 5, false), testResult("c", 4, 4, 2, false)}, "R2 0.98 for active and 0.98 for total parameters are too close, 3 models"},
		{"same active", []Result{testResult("a", 1, 1, 9, true), testResult("b", 2, 1, 5, true), testResult("c", 4, 1, 2, true)}, "all models have the same number"},
		{"same speed", []Result{testResult("a", 1, 1, 9, true), testResult("b", 2, 2, 9, true), testResult("c", 4, 3, 9, true)}, "all models run at the same speed"},
		{"neither", []Result{testResult("a", 1, 1, 1, true), testResult("b", 10, 10, 10, true), testResult("c", 100, 100, 1, true)}, "Neither explains speed: R2 0.00 for active, 0.00 for total"},
	} {
		got := fitSpeed(c.results).Sentence()
		if !strings.Contains(got, c.want) || strings.Contains(got, "NaN") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMoEOnly(t *testing.T) {
	all := []Result{testResult("dense", 1, 1, 9, false), testResult("moe", 2, 1, 9, true)}
	if got := moeOnly(all); len(got) != 1 || got[0].Model != "moe" {
		t.Errorf("got %v", got)
	}
}
