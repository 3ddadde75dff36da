package moe

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moebench/hw"
	"moebench/kernels"
)

// TestRoute: the experts are those that sorting all of them gives, and the weights have
// the bits of their definition; scores are few, so that they tie, or extreme.
func TestRoute(t *testing.T) {
	routers := []Router{
		{Score: Softmax, Renorm: true}, {Score: TopKSoftmax}, {Score: Sigmoid, SelectionBias: true, Renorm: true},
		{Score: SqrtSoftplus, SelectionBias: true, Renorm: true, Scale: 1.5}, {Score: SqrtSoftplus},
		{Score: Sigmoid, Groups: 4, KeepGroups: 2, SelectionBias: true, Renorm: true, Scale: 2.5}, {Score: Softmax, Groups: 8, KeepGroups: 3, Scale: 16},
	}
	value := rapid.OneOf(rapid.Map(rapid.IntRange(-3, 3), func(i int) float32 { return float32(i) }), rapid.Float32Range(-8, 8),
		rapid.SampledFrom([]float32{0, float32(math.Copysign(0, -1)), 1e-40, 88, 1e4, math.MaxFloat32, -104, -1e4, -math.MaxFloat32}))
	for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
		restore := kernels.Limit(isa)
		rapid.Check(t, func(t *rapid.T) {
			r := rapid.SampledFrom(routers).Draw(t, "router")
			n := rapid.SampledFrom([]int{8, 32, 40, 64, 128, 256, 384, 512}).Draw(t, "experts")
			size := n / max(r.Groups, 1)
			r.TopK = rapid.IntRange(1, min(20, size*max(r.KeepGroups, 1))).Draw(t, "k")
			logits := rapid.SliceOfN(value, n, n).Draw(t, "logits")
			var bias []float32
			if r.SelectionBias {
				bias = rapid.SliceOfN(rapid.SampledFrom([]float32{0, 0.25, -0.25, 1e-4, 8}), n, n).Draw(t, "bias")
			}
			wantIDs, wantWeights := sortedRoute(r, logits, bias)
			ids, weights := make([]int32, r.TopK), make([]float32, r.TopK)
			r.Route(ids, weights, slices.Clone(logits), make([]float32, n), bias, nil)
			if !slices.Equal(ids, wantIDs) || !slices.Equal(weights, wantWeights) {
				t.Fatalf("%+v chose %v with weights %v, want %v with %v", r, ids, weights, wantIDs, wantWeights)
			}
		})
		restore()
	}
}

// sortedRoute is a router that sorts, in the arithmetic of Route.
func sortedRoute(r Router, logits, bias []float32) (ids []int32, weights []float32) {
	scores := slices.Clone(logits)
	r.scores(scores, make([]float32, len(scores)), nil)
	choice := slices.Clone(scores)
	for i, b := range bias {
		choice[i] += b
	}
	descending := func(x []float32) (order []int32) {
		for i := range x {
			order = append(order, int32(i))
		}
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(x[b], x[a]) })
		return order
	}
	if r.Groups > 1 {
		size := len(choice) / r.Groups
		best := make([]float32, r.Groups)
		for g := range best {
			x := choice[g*size : (g+1)*size]
			order := descending(x)
			best[g] = x[order[0]]
			if size > 1 {
				best[g] += x[order[1]]
			}
		}
		for _, g := range descending(best)[r.KeepGroups:] {
			for i := range size {
				choice[int(g)*size+i] = float32(math.Inf(-1))
			}
		}
	}
	ids = descending(choice)[:r.TopK]
	weights = make([]float32, r.TopK)
	r.weigh(ids, weights, scores)
	return ids, weights
}
