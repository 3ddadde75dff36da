package moe

import (
	"fmt"

	"moebench/kernels"
	"moebench/ledger"
)

// Ledger accounts for one Forward of s.Tokens rows, in its order. The hash
// table is an index, not parameters, and has no line.
func (c Config) Ledger(f Formats, s ledger.Step) ledger.Ledger {
	var l ledger.Ledger
	vector := func(name, formula string, params, active int) {
		l = append(l, ledger.VectorLine(name, formula, params))
		l[len(l)-1].Active = int64(active)
	}
	if c.Experts > 0 {
		l = append(l, ledger.MatrixLine("router", f.Router.String(), "experts x hidden", c.Experts, c.Hidden, s.Tokens, f.Router.Bytes(c.Experts, c.Hidden)))
		if c.Router.Bias {
			vector("router_bias", "experts", c.Experts, c.Experts)
		}
		if c.Router.SelectionBias {
			vector("selection_bias", "experts", c.Experts, c.Experts)
		}
	}
	n, k := c.routed(), c.topK()
	count := fmt.Sprintf("%d x ", n)
	for _, line := range c.expert("", count, "inter", f.Expert, c.Inter, s.Tokens) {
		l = append(l, line.Of(n, k, s.Hit(n, k)))
	}
	if c.Bias {
		each := 2*c.Inter + c.Hidden
		vector("expert_bias", count+"(2 inter + hidden)", n*each, k*each)
	}
	if c.SharedInter > 0 {
		l = append(l, c.expert("shared_", "", "shared_inter", f.Shared, c.SharedInter, s.Tokens)...)
	}
	return l
}

// expert accounts for the two matrices of one expert. Each half of gate and up
// is padded to whole panels.
func (c Config) expert(prefix, count, width string, f kernels.Format, inter, tokens int) ledger.Ledger {
	return ledger.Ledger{
		ledger.MatrixLine(prefix+"gate_up", f.String(), count+"2 "+width+" x hidden", 2*inter, c.Hidden, tokens, f.Bytes(2*padded(inter), c.Hidden)),
		ledger.MatrixLine(prefix+"down", f.String(), count+"hidden x "+width, c.Hidden, inter, tokens, f.Bytes(c.Hidden, inter)),
	}
}
