package bench

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// confidence is the level of every interval.
const confidence = 0.95

// interval is the median of values and its confidence interval from order
// statistics: nothing is assumed of their distribution, because neighbours on the
// machine make it anything but normal. Missing values (NaN) do not count.
//
// enough is false when there are too few values for the level; Lo and Hi are
// then the extremes, which is less than an interval and must be said.
func interval(values []float64) (i Interval, enough bool) {
	known := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !Number(v).Known() })
	if len(known) == 0 {
		missing := Number(math.NaN())
		return Interval{Median: missing, Lo: missing, Hi: missing}, false
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(known, &benchmath.DefaultThresholds), confidence)
	i = Interval{Median: Number(s.Center), Lo: Number(s.Lo), Hi: Number(s.Hi), N: len(known)}
	if i.Lo.Known() && i.Hi.Known() && i.N > 1 {
		return i, true
	}
	i.Lo, i.Hi = Number(slices.Min(known)), Number(slices.Max(known))
	return i, false
}

// median is the median of the known values, NaN if there are none.
func median(values []float64) float64 {
	i, _ := interval(values)
	return float64(i.Median)
}
