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
	if c.Experts > 0 {
		l = append(l, matrix("router", f.Router, "experts x hidden", c.Experts, c.Hidden, 1, 1, 1, s.Tokens))
		if c.Router.Bias {
			l = append(l, vector("router_bias", "experts", c.Experts, c.Experts))
		}
		if c.Router.SelectionBias {
			l = append(l, vector("selection_bias", "experts", c.Experts, c.Experts))
		}
	}
	n, k := c.routed(), c.topK()
	hit := s.Hit(n, k)
	count := fmt.Sprintf("%d x ", n)
	l = append(l,
		matrix("gate_up", f.Expert, count+"2 inter x hidden", 2*c.Inter, c.Hidden, n, k, hit, s.Tokens),
		matrix("down", f.Expert, count+"hidden x inter", c.Hidden, c.Inter, n, k, hit, s.Tokens))
	if c.Bias {
		each := 2*c.Inter + c.Hidden
		l = append(l, vector("expert_bias", count+"(2 inter + hidden)", n*each, k*each))
	}
	if c.SharedInter > 0 {
		l = append(l,
			matrix("shared_gate_up", f.Shared, "2 shared_inter x hidden", 2*c.SharedInter, c.Hidden, 1, 1, 1, s.Tokens),
			matrix("shared_down", f.Shared, "hidden x shared_inter", c.Hidden, c.SharedInter, 1, 1, 1, s.Tokens))
	}
	return l
}

// matrix is count equal matrices, of which a token uses active and the step
// reads hit.
func matrix(name string, f kernels.Format, formula string, rows, cols, count, active, hit, tokens int) ledger.Line {
	n := int64(rows) * int64(cols)
	bytes := f.Bytes(rows, cols)
	if name == "gate_up" || name == "shared_gate_up" {
		bytes = f.Bytes(2*padded(rows/2), cols) // each half is padded to whole panels
	}
	return ledger.Line{
		Name: name, Kind: ledger.Matrix, Format: f.String(), Formula: formula,
		Params: int64(count) * n, Active: int64(active) * n, MACs: int64(tokens) * int64(active) * n, WeightBytes: int64(hit) * bytes,
	}
}

func vector(name, formula string, params, active int) ledger.Line {
	return ledger.Line{Name: name, Kind: ledger.Vector, Format: "f32", Formula: formula, Params: int64(params), Active: int64(active)}
}
