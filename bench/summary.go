package bench

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"moebench/hw"
)

// confidence of every interval.
const confidence = 0.95

// interval is the median of x with its order-statistic confidence interval.
// With too few values for one, Lo and Hi are the extremes and enough is false.
func interval(x []float64) (i Interval, enough bool) {
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(x, &benchmath.DefaultThresholds), confidence)
	i = Interval{s.Center, s.Lo, s.Hi, len(x)}
	enough = !math.IsInf(s.Lo, 0) && !math.IsInf(s.Hi, 0)
	if !enough {
		i.Lo, i.Hi = slices.Min(x), slices.Max(x)
	}
	return i, enough
}

func median(x []float64) float64 {
	i, _ := interval(x)
	return i.Median
}

// TokS is the rate of one sample: tokens of all sequences per second.
func (s Sample) TokS() float64 { return float64(s.Batch) * 1e9 / s.StepNs }

// GBs is what the sample read from memory per nanosecond, by the ledger.
func (s Sample) GBs() float64 { return float64(s.BytesPerStep) / s.StepNs }

// ShareOfWall compares a sample with the wall measured beside it; 0 without one.
func (s Sample) ShareOfWall() float64 {
	if s.WallGBs <= 0 {
		return 0
	}
	return s.GBs() / s.WallGBs
}

// Summarise sums up samples by scenario, in the order scenarios first appear.
func Summarise(samples []Sample, env hw.Environment) []Result {
	var order []Scenario
	groups := map[Scenario][]Sample{}
	for _, s := range samples {
		if groups[s.Scenario] == nil {
			order = append(order, s.Scenario)
		}
		groups[s.Scenario] = append(groups[s.Scenario], s)
	}
	var out []Result
	for _, sc := range order {
		out = append(out, summarise(sc, groups[sc], env))
	}
	return out
}

// column is one number of every sample.
func column(samples []Sample, f func(Sample) float64) []float64 {
	x := make([]float64, len(samples))
	for i, s := range samples {
		x[i] = f(s)
	}
	return x
}

func summarise(sc Scenario, samples []Sample, env hw.Environment) Result {
	first := samples[0]
	tokS, enough := interval(column(samples, Sample.TokS))
	r := Result{
		SchemaVersion: SchemaVersion, Scenario: sc, Env: env,
		TotalParams: first.TotalParams, ActiveParams: first.ActiveParams, Extrapolated: first.Extrapolated,
		BytesPerToken: median(column(samples, func(s Sample) float64 { return float64(s.BytesPerStep) })) / float64(sc.Batch),
		TokS:          tokS,
		GBs:           median(column(samples, Sample.GBs)),
		WallGBs:       median(column(samples, func(s Sample) float64 { return s.WallGBs })),
		ShareOfWall:   median(column(samples, Sample.ShareOfWall)),
	}
	for i, p := range first.Parts {
		ns := column(samples, func(s Sample) float64 { return s.Parts[i].Ns })
		r.Layers = append(r.Layers, Part{p.Kind, p.Count, median(ns)})
	}
	r.Verdict = verdict(r, enough, first.BeyondMaxPositions, worstSteal(samples))
	return r
}

// worstSteal is the largest share of a sample's time the host took away.
func worstSteal(samples []Sample) float64 {
	worst := 0.0
	for _, s := range samples {
		if s.StealNs > 0 {
			worst = max(worst, s.StealNs/float64(2*Slice))
		}
	}
	return worst
}

// Bounds of the words in a verdict.
const (
	atWall       = 0.75 // of the wall: the memory stream is what limits
	wideInterval = 0.10 // of the median, to either side
	muchSteal    = 0.05
)

// verdict says in a sentence what the numbers mean.
func verdict(r Result, enough, beyond bool, steal float64) string {
	text := fmt.Sprintf("below the wall: %.0f %% of it", 100*r.ShareOfWall)
	switch {
	case r.WallGBs <= 0:
		text = "wall not available"
	case r.ShareOfWall >= atWall:
		text = fmt.Sprintf("memory-bound: %.0f %% of the wall", 100*r.ShareOfWall)
	}
	if !enough {
		text += fmt.Sprintf("; %d samples are too few for an interval", r.TokS.N)
	} else if max(r.TokS.Hi-r.TokS.Median, r.TokS.Median-r.TokS.Lo) > wideInterval*r.TokS.Median {
		text += "; noisy"
	}
	if beyond {
		text += "; beyond max positions"
	}
	if steal > muchSteal {
		text += fmt.Sprintf("; the host took up to %.0f %% of the time", 100*steal)
	}
	return text
}
