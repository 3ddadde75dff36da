package moe

import (
	"math"

	"moebench/kernels/topk"
	"moebench/kernels/vec"
)

// Route chooses one token's experts and weighs them. logits [Experts] are
// overwritten with scores; choice [Experts] is scratch. ids and weights are
// [TopK], by descending choice score, ties to the lowest index; where a token's
// ids are given (hash routing, a Chooser), in the order of fixed.
func (r *Router) Route(ids []int32, weights, logits, choice, selectionBias []float32, fixed []int32) {
	if fixed != nil {
		r.scores(logits, choice, nil)
		copy(ids, fixed)
	} else {
		r.scores(logits, choice, selectionBias)
		by := logits
		if selectionBias != nil {
			by = choice
		}
		if r.Groups > 1 {
			copy(choice, by)
			r.limitGroups(choice)
			by = choice
		}
		topk.Select(ids, by)
	}
	r.weigh(ids, weights, logits)
}

// scores turns logits into scores in place, and if there is a bias, puts their sum with
// it into choice, which may change in any case.
func (r *Router) scores(x, choice, bias []float32) {
	switch r.Score {
	case Softmax:
		vec.Softmax(x)
	case Sigmoid:
		vec.Sigmoid(x, x)
	case SqrtSoftplus:
		vec.SqrtSoftplus(x, choice, bias)
		return
	}
	if bias != nil {
		vec.Sum(choice, x, bias)
	}
}

// weigh turns the scores of the chosen experts into weights.
func (r *Router) weigh(ids []int32, weights, scores []float32) {
	var sum float32
	for i, id := range ids {
		weights[i] = scores[id]
		sum += weights[i]
	}
	if r.Score == TopKSoftmax {
		vec.Softmax(weights)
	}
	scale := r.Scale
	if scale == 0 {
		scale = 1
	}
	if r.Renorm && sum > 0 {
		scale /= sum
	}
	if scale != 1 {
		for i := range weights {
			weights[i] *= scale
		}
	}
}

// limitGroups sets the scores of all but the best KeepGroups groups to -inf. A
// group's score is the sum of its two best (DeepSeek-V3, section 2.1.2).
func (r *Router) limitGroups(choice []float32) {
	size := len(choice) / r.Groups
	var buffer [maxGroups]float32
	best := buffer[:r.Groups]
	for g := range best {
		first, second := float32(math.Inf(-1)), float32(math.Inf(-1))
		for _, s := range choice[g*size : (g+1)*size] {
			if s > first {
				first, second = s, first
			} else if s > second {
				second = s
			}
		}
		if size == 1 {
			second = 0
		}
		best[g] = first + second
	}
	for g, score := range best {
		rank := 0 // groups that come before this one
		for o, other := range best {
			if other > score || other == score && o < g {
				rank++
			}
		}
		if rank >= r.KeepGroups {
			for i := g * size; i < (g+1)*size; i++ {
				choice[i] = float32(math.Inf(-1))
			}
		}
	}
}

// maxGroups bounds n_group: the largest known model has 8.
const maxGroups = 64
