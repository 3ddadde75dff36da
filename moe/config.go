package moe

import (
	"fmt"

	"moebench/kernels"
	"moebench/kernels/vec"
)

// ScoreKind says how router logits become scores.
type ScoreKind uint8

const (
	Softmax      ScoreKind = iota // softmax over all experts, then top-k
	TopKSoftmax                   // top-k of the logits, then softmax over the chosen
	Sigmoid                       // sigmoid of each logit
	SqrtSoftplus                  // sqrt(log(1 + e^logit))
)

// Router says how a token's experts are chosen and weighed.
type Router struct {
	Score              ScoreKind
	TopK               int     // experts a token (num_experts_per_tok)
	Groups, KeepGroups int     // group-limited choice (n_group, topk_group); 0 or 1 = none
	Renorm             bool    // weights are divided by their sum (norm_topk_prob)
	Scale              float32 // and multiplied by this (routed_scaling_factor); 0 = 1
	SelectionBias      bool    // a bias on the scores that chooses, but does not weigh
	Bias               bool    // a bias on the logits
	Hash               bool    // experts are looked up by token id
}

// Config describes a feed-forward sublayer. Without experts it is one dense FFN.
type Config struct {
	Hidden, Inter int
	Experts       int // 0 = dense
	Router        Router
	SharedInter   int // width of the shared expert; 0 = none
	Act           vec.Activation
	SharedAct     vec.Activation
	Bias          bool // experts have biases
}

// Formats says how the matrices are stored.
type Formats struct{ Router, Expert, Shared kernels.Format }

// Validate reports numbers that cannot work together.
func (c Config) Validate() error {
	r := c.Router
	switch {
	case c.Hidden < 1 || c.Inter < 1 || c.SharedInter < 0 || c.Experts < 0:
		return fmt.Errorf("feed-forward sizes %d x %d, shared %d, %d experts: want positive ones", c.Hidden, c.Inter, c.SharedInter, c.Experts)
	case c.Experts == 0:
		return nil
	case r.TopK < 1 || r.TopK > c.Experts:
		return fmt.Errorf("top-k is %d, want 1 to %d (the number of experts)", r.TopK, c.Experts)
	case r.Groups > maxGroups:
		return fmt.Errorf("%d expert groups, want at most %d", r.Groups, maxGroups)
	case r.Groups > 1 && (c.Experts%r.Groups != 0 || r.KeepGroups < 1 || r.KeepGroups > r.Groups || r.KeepGroups*(c.Experts/r.Groups) < r.TopK):
		return fmt.Errorf("%d experts in %d groups of which %d are kept cannot give top-%d", c.Experts, r.Groups, r.KeepGroups, r.TopK)
	}
	return nil
}

// routed is the number of experts held: a dense FFN is one that is always on.
func (c Config) routed() int { return max(c.Experts, 1) }

// topK is the number of experts a token uses.
func (c Config) topK() int {
	if c.Experts == 0 {
		return 1
	}
	return c.Router.TopK
}
