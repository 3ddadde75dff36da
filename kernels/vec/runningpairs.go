package vec

import (
	"math"

	"moebench/kernels"
)

// RunningPairsFunc is the step of RunningFunc for scores that stand side by side in pairs,
// s[j/2][g][j%2] for softmax g of a row of pitch softmaxes, of which it does the first
// len(top), a multiple of 8. The n weights, n even, are rounded to bf16, in the same order,
// and summed as rounded: a weighted mean by them is one of weights that add up to 1. Scores j
// of softmax g from seen[g] on weigh nothing, whatever they are, and may be overwritten.
// Weights below the smallest normal f32 count as 0, as they do in VDPBF16PS. Before the
// rounding, of 2^-8, they are within 2^-18 + (|s| + |top|) 2^-22.
type RunningPairsFunc func(p []uint16, s []float32, seen []int32, top, sum, scale []float32, pitch, n int)

// RunningPairs holds the variants.
var RunningPairs = kernels.NewSet[RunningPairsFunc]("vec/running/pairs", runningPairsRef)

func runningPairsRef(p []uint16, s []float32, seen []int32, top, sum, scale []float32, pitch, n int) {
	for g := range top {
		rows, old := min(n, int(seen[g])), top[g]
		at := func(j int) int { return (j/2*pitch+g)*2 + j%2 }
		for j := range rows {
			if x := s[at(j)]; x > top[g] {
				top[g] = x
			}
		}
		scale[g] = float32(math.Exp(float64(old - top[g])))
		sum[g] *= scale[g]
		for j := range n {
			var w float32
			if j < rows {
				w = float32(math.Exp(float64(s[at(j)] - top[g])))
			}
			code := kernels.BF16.Encode(w)
			if w < 0x1p-126 {
				code = 0
			}
			p[at(j)] = uint16(code)
			sum[g] += kernels.BF16.Decode(code)
		}
	}
}
