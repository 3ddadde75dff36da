package bench

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Trend is a straight line through logarithms: log10(tok/s) = Intercept + Slope
// x log10(parameters in billions). A slope of -1 means that twice the parameters
// halve the speed; 10^Intercept is the speed at a billion parameters.
type Trend struct {
	Slope, Intercept Number
	R2               Number // share of the variation of log10(tok/s) it explains
}

// At is the speed the trend gives a model of the given size.
func (t Trend) At(params float64) float64 {
	return math.Pow(10, float64(t.Intercept)+float64(t.Slope)*math.Log10(params/1e9))
}

// Fit says how speed follows active and total parameters.
type Fit struct {
	N             int // models
	Active, Total Trend
}

const (
	// fewest is the least number of models to say anything: two points lie on
	// a line whatever they are.
	fewest = 3
	// closeR2 is the difference of R2 below which neither explains speed better.
	closeR2 = 0.05
	// weakR2 is the R2 below which a trend explains little.
	weakR2 = 0.5
)

// fitSpeed fits the median speed of every result that has one.
func fitSpeed(results []Result) Fit {
	var active, total, speed []float64
	for _, r := range results {
		if r.TokS.Median.Known() && r.TokS.Median > 0 && r.ActiveParams > 0 && r.TotalParams > 0 {
			active = append(active, math.Log10(float64(r.ActiveParams)/1e9))
			total = append(total, math.Log10(float64(r.TotalParams)/1e9))
			speed = append(speed, math.Log10(float64(r.TokS.Median)))
		}
	}
	return Fit{N: len(speed), Active: trend(active, speed), Total: trend(total, speed)}
}

// moeOnly leaves out dense models. Their total and active parameters are the
// same but for the embedding table, so they pull both trends together.
func moeOnly(results []Result) []Result {
	var out []Result
	for _, r := range results {
		if r.MoE() {
			out = append(out, r)
		}
	}
	return out
}

// trend is the least-squares line, missing where the points do not define one.
func trend(x, y []float64) Trend {
	missing := Number(math.NaN())
	if len(x) < fewest || !varies(x) {
		return Trend{missing, missing, missing}
	}
	a, b := stat.LinearRegression(x, y, nil, false)
	t := Trend{Slope: Number(b), Intercept: Number(a), R2: missing}
	if varies(y) {
		t.R2 = Number(stat.RSquared(x, y, nil, a, b))
	}
	return t
}

// varies says whether x holds two different values.
func varies(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return true
		}
	}
	return false
}

// Sentence says which kind of parameters explains speed, or why that cannot be
// said.
func (f Fit) Sentence() string {
	a, t := f.Active.R2, f.Total.R2
	switch {
	case f.N < fewest:
		return fmt.Sprintf("Which explains speed cannot be said: %s, at least %d needed.", models(f.N), fewest)
	case !f.Active.Slope.Known() || !f.Total.Slope.Known():
		return "Which explains speed cannot be said: all models have the same number of active or of total parameters."
	case !a.Known() || !t.Known():
		return "Which explains speed cannot be said: all models run at the same speed."
	case max(a, t) < weakR2:
		return fmt.Sprintf("Neither explains speed: R2 %.2f for active, %.2f for total parameters, %s.", a, t, models(f.N))
	case math.Abs(float64(a-t)) < closeR2:
		return fmt.Sprintf("Which explains speed cannot be said: R2 %.2f for active and %.2f for total parameters are too close, %s.", a, t, models(f.N))
	case a > t:
		return fmt.Sprintf("Active parameters explain speed: R2 %.2f, against %.2f for total parameters, %s.", a, t, models(f.N))
	default:
		return fmt.Sprintf("Total parameters explain speed: R2 %.2f, against %.2f for active parameters, %s.", t, a, models(f.N))
	}
}

func models(n int) string {
	if n == 1 {
		return "1 model"
	}
	return fmt.Sprintf("%d models", n)
}
