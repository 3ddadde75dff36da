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
	hidden := int64(layer.Attention.Hidden)
	norm := func(name string) ledger.Line {
		return ledger.Line{Name: name, Kind: ledger.Vector, Format: "f32", Formula: "hidden", Params: hidden, Active: hidden}
	}
	l := ledger.Ledger{norm("attention_norm")}
	l = append(l, layer.Attention.Ledger(attention.Formats{Proj: f.Attention, Cache: cache}, s).Prefix("attention.")...)
	l = append(l, norm("ffn_norm"))
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
	n := int64(c.Vocab) * int64(c.Hidden)
	return ledger.Ledger{
		{Name: "norm", Kind: ledger.Vector, Format: "f32", Formula: "hidden", Params: int64(c.Hidden), Active: int64(c.Hidden)},
		{Name: "head", Kind: ledger.Matrix, Format: f.Head.String(), Formula: "vocab x hidden",
			Params: n, Active: n, MACs: n * int64(s.Tokens), WeightBytes: f.Head.Bytes(c.Vocab, c.Hidden)},
	}
}
