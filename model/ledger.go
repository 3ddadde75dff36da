package model

import (
	"moebench/attention"
	"moebench/ledger"
)

// Ledger accounts for one forward pass of the whole model: the embedding, every
// kind of layer times its count, the head. Names of layer lines begin with the
// kind. Active parameters leave out the embedding table, of which a token
// reads one row.
func (c *Config) Ledger(f Formats, cache attention.CacheFormat, s ledger.Step) ledger.Ledger {
	l := c.embedLedger(f, s)
	for _, k := range c.Kinds() {
		l = append(l, c.LayerLedger(k.Layer, f, cache, s).Prefix(k.Name+".").Times(len(k.Layers))...)
	}
	return append(l, c.HeadLedger(f, s)...)
}

// params is Ledger's number of parameters, also where that is too large for an integer.
func (c *Config) params(f Formats) float64 {
	step := ledger.Step{Tokens: 1, Context: 1}
	n := float64(append(c.embedLedger(f, step), c.HeadLedger(f, step)...).Total().Params)
	for _, k := range c.Kinds() {
		n += float64(len(k.Layers)) * float64(c.LayerLedger(k.Layer, f, 0, step).Total().Params)
	}
	return n
}

// LayerLedger accounts for one layer, its norms and stream mixing included.
func (c *Config) LayerLedger(layer Layer, f Formats, cache attention.CacheFormat, s ledger.Step) ledger.Ledger {
	hidden := layer.FFN.Hidden
	l := append(c.Streams.ledger("attention_", hidden, s), ledger.VectorLine("attention_norm", "hidden", hidden))
	l = append(l, layer.Attention.Ledger(f.AttentionFormats(cache), s).Prefix("attention.")...)
	l = append(l, c.Streams.ledger("ffn_", hidden, s)...)
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

// HeadLedger accounts for the collapse of streams, the final norm and the head.
func (c *Config) HeadLedger(f Formats, s ledger.Step) ledger.Ledger {
	if s.Logits > 0 {
		s.Tokens = s.Logits
	}
	return append(c.Streams.headLedger(c.Hidden, s),
		ledger.VectorLine("norm", "hidden", c.Hidden),
		ledger.MatrixLine("head", f.Head.String(), "vocab x hidden", c.Vocab, c.Hidden, s.Tokens, f.Head.Bytes(c.Vocab, c.Hidden)),
	)
}
