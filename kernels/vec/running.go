package vec

import (
	"math"

	"moebench/kernels"
)

// RunningFunc is a step of softmaxes whose scores come block by block, of
// len(top) rows that begin pitch elements apart in p. Of each it takes n scores,
// and up to the multiple of 16 above, where -Inf must stand:
//
//	top'  = the larger of top and the largest score, NaN left out
//	scale = exp(top - top'), by which earlier sums of weights are multiplied
//	p     = exp(p - top')
//	sum   = sum * scale + the sum of p
//
// top must be finite: begin with -math.MaxFloat32.
type RunningFunc func(p, top, sum, scale []float32, pitch, n int)

// Running holds the variants.
var Running = kernels.NewSet[RunningFunc]("vec/running", runningRef)

func runningRef(p, top, sum, scale []float32, pitch, n int) {
	n = (n + width - 1) &^ (width - 1)
	for g := range top {
		x := p[g*pitch:][:n]
		old := top[g]
		top[g] = max(old, maxRef(x))
		scale[g] = float32(math.Exp(float64(old) - float64(top[g])))
		sum[g] = sum[g]*scale[g] + expSumRef(x, x, top[g])
	}
}
