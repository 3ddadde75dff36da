package attention

import (
	"moebench/ledger"
)

// Ledger implements Config.
func (c GQA) Ledger(f Formats, s ledger.Step) ledger.Ledger {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	matrix := func(name, formula string, rows, cols int) ledger.Line {
		return ledger.MatrixLine(name, f.Proj.String(), formula, rows, cols, s.Tokens, f.Proj.Bytes(rows, cols))
	}
	l := ledger.Ledger{
		matrix("q", "heads head_dim x hidden", q, c.Hidden),
		matrix("k", "kv_heads head_dim x hidden", kv, c.Hidden),
		matrix("v", "kv_heads head_dim x hidden", kv, c.Hidden),
	}
	if c.QKVBias {
		l = append(l, ledger.VectorLine("qkv_bias", "(heads + 2 kv_heads) head_dim", q+2*kv))
	}
	switch c.QKNorm {
	case PerHead:
		l = append(l, ledger.VectorLine("qk_norm", "2 head_dim", 2*c.HeadDim))
	case Whole:
		l = append(l, ledger.VectorLine("qk_norm", "(heads + kv_heads) head_dim", q+kv))
	}
	if c.Sinks {
		l = append(l, ledger.VectorLine("sinks", "heads", c.Heads))
	}
	l = append(l, c.cacheLine(f.Cache, s), matrix("o", "hidden x heads head_dim", c.Hidden, q))
	if c.OBias {
		l = append(l, ledger.VectorLine("o_bias", "hidden", c.Hidden))
	}
	return l
}

// cacheLine is the stream of visible rows: scores and weighted sum are one MAC
// each per head and dimension.
func (c GQA) cacheLine(f CacheFormat, s ledger.Step) ledger.Line {
	visible := s.Context
	if c.Window > 0 {
		visible = min(visible, c.Window)
	}
	return ledger.Line{
		Name: "cache", Kind: ledger.Cache, Format: f.plain().String(), Formula: "2 kv_heads x head_dim per visible token",
		MACs:        int64(s.Tokens) * int64(visible) * int64(c.Heads) * int64(c.HeadDim) * 2,
		CacheRead:   int64(s.Tokens) * CacheBytes(c, f, visible, 1),
		CacheStored: CacheBytes(c, f, s.Context, 1),
	}
}
