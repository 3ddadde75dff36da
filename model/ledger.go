package model

import (
	"moebench/kernels"
	"moebench/ledger"

	"moebench/attention"
)

// Ledger accounts for one forward pass of the whole model: the embedding, every
// kind of layer times its count, the head. Names of layer lines begin with the
// kind. Active parameters leave out the embedding table, of which a token
// reads one row.
func (c *Config) Ledger(f Formats, cache kernels.Format, s ledger.Step) ledger.Ledger {
	l := c.embedLedger(f, s)
	for _, k := range c.Kinds() {
		l = append(l, k.Layer.Ledger(f, cache, s).Prefix(k.Name+".").Times(len(k.Layers))...)
	}
	return append(l, c.HeadLedger(f, s)...)
}

// Ledger accounts for one layer, its norms included.
func (layer Layer) Ledger(f Formats, cache kernels.Format, s ledger.Step) ledger.Ledger {
	hidden := layer.Attention.Hidden
	l := ledger.Ledger{ledger.VectorLine("attention_norm", "hidden", hidden)}
	l = append(l, layer.Attention.Ledger(attention.Formats{Proj: f.Attention, Cache: cache}, s).Prefix("attention.")...)
	l = append(l, ledger.VectorLine("ffn_norm", "hidden", hidden))
	return append(l, layer.FFN.Ledger(f.FFN(layer.FFN), s).Prefix("ffn.")...)
}

func (c *Config) embedLedger(f Formats, s ledger.Step) ledger.Ledger {
	line := ledger.Line{Name: "embed", Kind: ledger.Table, Format: f.Embed.String(), Formula: "vocab x hidden",
		Params: int64(c.Vocab) * int64(c.Hidden), WeightBytes: int64(s.Tokens) * f.Embed.RowBytes(c.Hidden)}
	if c.Tied {
		line.Params, line.Formula = 0, "shared with head"
	}
	return ledger.Ledger{line}
}

// HeadLedger accounts for the final norm and the head.
func (c *Config) HeadLedger(f Formats, s ledger.Step) ledger.Ledger {
	return ledger.Ledger{
		ledger.VectorLine("norm", "hidden", c.Hidden),
		ledger.MatrixLine("head", f.Head.String(), "vocab x hidden", c.Vocab, c.Hidden, s.Tokens, f.Head.Bytes(c.Vocab, c.Hidden)),
	}
}
