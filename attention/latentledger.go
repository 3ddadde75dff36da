package attention

import (
	"moebench/kernels"
	"moebench/ledger"
)

// lines builds a ledger.
type lines struct {
	l ledger.Ledger
	s ledger.Step
}

func (b *lines) matrix(name, formula string, f kernels.Format, count, rows, cols int) {
	b.l = append(b.l, ledger.MatrixLine(name, f.String(), formula, rows, cols, b.s.Tokens, f.Bytes(rows, cols)).Of(count, count, count))
}

func (b *lines) vector(name, formula string, n int) {
	b.l = append(b.l, ledger.VectorLine(name, formula, n))
}

// rows is a stream of cache rows: each of seen rows is read once and multiplied
// macs times; stored rows are held.
func (b *lines) rows(name, formula string, row kernels.RowLayout, seen, stored, macs int) {
	b.l = append(b.l, ledger.Line{
		Name: name, Kind: ledger.Cache, Format: row.String(), Formula: formula,
		MACs:      int64(b.s.Tokens) * int64(seen) * int64(macs),
		CacheRead: int64(b.s.Tokens) * int64(seen) * int64(row.Bytes()), CacheStored: int64(stored) * int64(row.Bytes()),
	})
}

// chosen is how many of n rows are seen, and how many are scored to choose them:
// none while all are seen.
func (x Indexer) chosen(n int) (seen, scored int) {
	if x == (Indexer{}) || n <= x.TopK {
		return n, 0
	}
	return x.TopK, n
}

// Ledger implements Config. Scores and weighted sum are one MAC each per head and
// dimension, in absorbed form.
func (c MLA) Ledger(f Formats, s ledger.Step) ledger.Ledger {
	b := &lines{s: s}
	nq := c.Heads * (c.Nope + c.Rope.Dim)
	if c.QLora > 0 {
		b.matrix("q_a", "q_lora x hidden", f.Proj, 1, c.QLora, c.Hidden)
		b.vector("q_a_norm", "q_lora", c.QLora)
		b.matrix("q_b", "heads (nope + rope) x q_lora", f.Proj, 1, nq, c.QLora)
	} else {
		b.matrix("q", "heads (nope + rope) x hidden", f.Proj, 1, nq, c.Hidden)
	}
	b.matrix("kv_a", "(kv_lora + rope) x hidden", f.Proj, 1, c.KVLora+c.Rope.Dim, c.Hidden)
	b.vector("kv_a_norm", "kv_lora", c.KVLora)
	seen, scored := c.Indexer.chosen(s.Context)
	if x := c.Indexer; x != (Indexer{}) {
		b.matrix("index.q_b", "index_heads index_dim x q_lora", f.Proj, 1, x.Heads*x.Dim, c.QLora)
		b.matrix("index.k", "index_dim x hidden", f.Proj, 1, x.Dim, c.Hidden)
		b.matrix("index.weights", "index_heads x hidden", f.Aux, 1, x.Heads, c.Hidden)
		b.vector("index.k_norm", "2 index_dim", 2*x.Dim)
		b.rows("index", "index_heads index_dim per token, once there are more than top-k", x.layout(f.Cache, mlaIndexFormat), scored, s.Context, x.Heads*x.Dim)
	}
	absorbed := c.absorbed(f.Proj)
	b.matrix("k_b", "heads x kv_lora x nope", absorbed, c.Heads, c.KVLora, c.Nope)
	b.rows("cache", "heads (2 kv_lora + rope) per visible token", c.entry(f.Cache), seen, s.Context, c.Heads*(2*c.KVLora+c.Rope.Dim))
	b.matrix("v_b", "heads x value x kv_lora", absorbed, c.Heads, c.Value, c.KVLora)
	b.matrix("o", "hidden x heads value", f.Proj, 1, c.Hidden, c.Heads*c.Value)
	return b.l
}

// Ledger implements Config.
func (c Compressed) Ledger(f Formats, s ledger.Step) ledger.Ledger {
	b := &lines{s: s}
	x := c.Indexer
	b.matrix("q_a", "q_lora x hidden", f.Proj, 1, c.QLora, c.Hidden)
	b.vector("q_a_norm", "q_lora", c.QLora)
	b.matrix("q_b", "heads head_dim x q_lora", f.Proj, 1, c.Heads*c.HeadDim, c.QLora)
	b.matrix("kv", "head_dim x hidden", f.Proj, 1, c.HeadDim, c.Hidden)
	b.vector("kv_norm", "head_dim", c.HeadDim)
	if c.Ratio > 0 {
		b.compressor("compress.", c, f, c.HeadDim)
	}
	visible := c.visible(s.Context - 1)
	seen, scored := x.chosen(visible)
	if x != (Indexer{}) {
		b.matrix("index.q_b", "index_heads index_dim x q_lora", f.Proj, 1, x.Heads*x.Dim, c.QLora)
		b.matrix("index.weights", "index_heads x hidden", f.Aux, 1, x.Heads, c.Hidden)
		b.compressor("index.compress.", c, f, x.Dim)
		b.rows("index", "index_heads index_dim per compressed row, once there are more than top-k",
			x.layout(f.Cache, compressedIndexFormat), scored, visible, x.Heads*x.Dim)
	}
	near := min(s.Context, c.Window)
	b.rows("window", "2 heads head_dim per token of the window", c.entry(f.Cache), near, near, 2*c.Heads*c.HeadDim)
	if c.Ratio > 0 {
		b.rows("compressed", "2 heads head_dim per visible compressed row", c.entry(f.Cache), seen, visible, 2*c.Heads*c.HeadDim)
	}
	b.vector("sinks", "heads", c.Heads)
	b.matrix("o_a", "o_groups x o_lora x heads head_dim / o_groups", c.grouped(f.Proj), c.Groups, c.OLora, c.Heads/c.Groups*c.HeadDim)
	b.matrix("o_b", "hidden x o_groups o_lora", f.Proj, 1, c.Hidden, c.Groups*c.OLora)
	return b.l
}

// compressor accounts for one compressor that makes rows of dim.
func (b *lines) compressor(prefix string, c Compressed, f Formats, dim int) {
	shape := c.compressor(dim)
	width := shape.width()
	b.matrix(prefix+"kv", "width x hidden", f.Aux, 1, width, c.Hidden)
	b.matrix(prefix+"gate", "width x hidden", f.Aux, 1, width, c.Hidden)
	b.vector(prefix+"ape", "ratio x width", c.Ratio*width)
	b.vector(prefix+"norm", "dim", dim)
	state := kernels.PlainRow(kernels.F32, 2*width)
	b.rows(prefix+"state", "2 width per token of the windows under way", state, 0, shape.slots(), 0)
	b.l[len(b.l)-1].Kind = ledger.State
}
