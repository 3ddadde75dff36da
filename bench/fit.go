package bench

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Fit is a straight line through log10 tok/s over log10 of something.
type Fit struct {
	Over             string // "active" or "total"
	Slope, Intercept float64
	R2               float64
	N                int
}

// minFit is the fewest models a fit is made of: two always lie on a line.
const minFit = 3

// fitOver fits tok/s of results over x; ok is false if there are too few, or
// all have the same x.
func fitOver(over string, results []Result, x func(Result) float64) (f Fit, ok bool) {
	var xs, ys []float64
	for _, r := range results {
		xs, ys = append(xs, math.Log10(x(r))), append(ys, math.Log10(r.TokS.Median))
	}
	if len(xs) < minFit || stat.Variance(xs, nil) == 0 {
		return f, false
	}
	f = Fit{Over: over, N: len(xs)}
	f.Intercept, f.Slope = stat.LinearRegression(xs, ys, nil, false)
	f.R2 = stat.RSquared(xs, ys, nil, f.Intercept, f.Slope)
	return f, true
}

// At is the fitted rate.
func (f Fit) At(x float64) float64 { return math.Pow(10, f.Intercept+f.Slope*math.Log10(x)) }

func activeOf(r Result) float64 { return float64(r.ActiveParams) }
func totalOf(r Result) float64  { return float64(r.TotalParams) }

// Explain says whether active or total parameters explain speed better.
func Explain(results []Result) string {
	active, ok := fitOver("active", results, activeOf)
	total, ok2 := fitOver("total", results, totalOf)
	if !ok || !ok2 {
		return fmt.Sprintf("What explains speed cannot be said of %d models: at least %d of different sizes are needed.", len(results), minFit)
	}
	text := fmt.Sprintf("log tok/s over log active parameters: slope %.2f, R2 %.3f; over log total parameters: slope %.2f, R2 %.3f (%d models). ",
		active.Slope, active.R2, total.Slope, total.R2, active.N)
	switch d := active.R2 - total.R2; {
	case d > 0.05:
		return text + "Active parameters explain speed."
	case d < -0.05:
		return text + "Total parameters explain speed better here: look at the share of the wall of each row for the reason."
	}
	return text + "Both explain speed about equally well: the models measured do not tell them apart."
}
