package attention

import (
	"errors"
	"fmt"
	"math"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/vec"
)

// Compressed is the attention of DeepSeek V4: one vector per token is key and
// value of all heads; a query sees the last Window tokens as they are, and what
// lies before through rows that stand for Ratio tokens each. Ratio 0 is the window
// alone; with an Indexer (CSA) rows overlap and only the best are seen; without
// (HCA) all are. It is comparable.
type Compressed struct {
	Hidden, Heads int
	HeadDim       int // head_dim; the last Rope.Dim elements are rotated
	QLora         int // q_lora_rank
	Groups, OLora int // o_groups, o_lora_rank
	Window        int // sliding_window
	Ratio         int // compress_ratios[layer]
	Eps           float32
	Rope          vec.RopeConfig // of qk_rope_head_dim, interleaved
	Indexer       Indexer
}

// Kind names the attention.
func (c Compressed) Kind() string {
	switch {
	case c.Ratio == 0:
		return "window"
	case c.Indexer != (Indexer{}):
		return "csa"
	}
	return "hca"
}

// Width is Hidden.
func (c Compressed) Width() int { return c.Hidden }

// Validate reports numbers that cannot work together.
func (c Compressed) Validate() error {
	switch {
	case c.Hidden < 1 || c.Heads < 1 || c.HeadDim < 1 || c.QLora < 1 || c.Window < 1 || c.Ratio < 0:
		return fmt.Errorf("attention of %d heads, head_dim %d, q_lora_rank %d, sliding_window %d, compression ratio %d: want positive numbers",
			c.Heads, c.HeadDim, c.QLora, c.Window, c.Ratio)
	case c.Rope.Dim < 2 || c.Rope.Dim%2 != 0 || c.Rope.Dim >= c.HeadDim:
		return fmt.Errorf("qk_rope_head_dim is %d, want an even number below head_dim = %d", c.Rope.Dim, c.HeadDim)
	case c.Groups < 1 || c.OLora < 1 || c.Heads%c.Groups != 0:
		return fmt.Errorf("o_groups is %d, want a divisor of num_attention_heads = %d", c.Groups, c.Heads)
	case c.Ratio > c.Window:
		return fmt.Errorf("compression ratio is %d, want at most sliding_window = %d: tokens of an unfinished window are seen nowhere else", c.Ratio, c.Window)
	case c.Ratio == 0 && c.Indexer != Indexer{}:
		return fmt.Errorf("an indexer (index_n_heads %d) without compressed rows", c.Indexer.Heads)
	}
	return c.Indexer.validate(c.Rope.Dim)
}

// Verify implements Config.
func (c Compressed) Verify(f CacheFormat) error {
	return errors.Join(attend.Verify(c.entry(f), min(c.Heads, headGroup)), c.Indexer.verify(f, compressedIndexFormat))
}

func (c Compressed) scale() float32 { return float32(1 / math.Sqrt(float64(c.HeadDim))) }

// entry is a row of the cache; in native storage 584 bytes at 448 + 64.
func (c Compressed) entry(f CacheFormat) kernels.RowLayout {
	nope := c.HeadDim - c.Rope.Dim
	first, rotated := kernels.RowPart{N: nope, Format: f.plain()}, kernels.RowPart{N: c.Rope.Dim, Format: f.plain()}
	if f == CacheNative {
		first = kernels.RowPart{N: nope, Format: kernels.FP8, Block: 64, Scale: kernels.PowerScale}
		return kernels.NewRow(8, first, rotated)
	}
	return kernels.NewRow(1, first, rotated)
}

// compressedIndexFormat is how V4 stores indexer keys: 68 bytes at 128 elements.
const compressedIndexFormat = kernels.MXFP4

// grouped is the format of the groups of o_a. FP8 scales belong to 128x128 blocks
// of the whole: they stay with a group only where its rows are whole panels.
func (c Compressed) grouped(f kernels.Format) kernels.Format {
	if f == kernels.FP8 && c.Groups > 1 && c.OLora%kernels.PanelRows != 0 {
		return kernels.F32
	}
	return f
}

// compressor is the shape of one that makes rows of dim; layers with an indexer
// overlap their windows.
func (c Compressed) compressor(dim int) compressor {
	return compressor{ratio: c.Ratio, dim: dim, overlap: c.Indexer != Indexer{}, eps: c.Eps}
}

// compressorWeights are those of one compressor.
type compressorWeights struct {
	KV, Gate  *kernels.Matrix // [width, Hidden]
	APE, Norm []float32       // [ratio][width], [dim]
	shape     compressor
}

func newCompressorWeights(alloc Alloc, c Compressed, f Formats, dim int) *compressorWeights {
	shape := c.compressor(dim)
	return &compressorWeights{
		KV: kernels.NewMatrix(alloc, f.Aux, shape.width(), c.Hidden), Gate: kernels.NewMatrix(alloc, f.Aux, shape.width(), c.Hidden),
		APE: make([]float32, c.Ratio*shape.width()), Norm: make([]float32, dim), shape: shape,
	}
}

// join completes the compressor with what it needs to work.
func (w *compressorWeights) join(rope *vec.RopeTable) *compressor {
	c := w.shape
	c.rope, c.ape, c.norm = rope, w.APE, w.Norm
	return &c
}

// compressedWeights are those of one sublayer.
type compressedWeights struct {
	QA, QB        *kernels.Matrix   // [QLora, Hidden], [Heads*HeadDim, QLora]
	KV            *kernels.Matrix   // [HeadDim, Hidden]
	OA            []*kernels.Matrix // per group [OLora, Heads/Groups*HeadDim]
	OB            *kernels.Matrix   // [Hidden, Groups*OLora]
	QNorm, KVNorm []float32         // [QLora], [HeadDim]
	Sinks         []float32         // [Heads]

	Compress       *compressorWeights // nil without compressed rows
	IndexCompress  *compressorWeights // nil without an indexer
	IndexQ, IndexW *kernels.Matrix    // [index heads*dim, QLora], [index heads, Hidden]
}

// NewWeights allocates what c calls for.
func (c Compressed) NewWeights(alloc Alloc, f Formats) Weights {
	matrix := func(rows, cols int) *kernels.Matrix { return kernels.NewMatrix(alloc, f.Proj, rows, cols) }
	w := &compressedWeights{
		QA: matrix(c.QLora, c.Hidden), KV: matrix(c.HeadDim, c.Hidden),
		QNorm: make([]float32, c.QLora), KVNorm: make([]float32, c.HeadDim), Sinks: make([]float32, c.Heads),
	}
	x := c.Indexer
	if c.Ratio > 0 {
		w.Compress = newCompressorWeights(alloc, c, f, c.HeadDim)
	}
	if x != (Indexer{}) {
		w.IndexCompress = newCompressorWeights(alloc, c, f, x.Dim)
		w.IndexW = kernels.NewMatrix(alloc, f.Aux, x.Heads, c.Hidden)
	}
	w.QB = matrix(c.Heads*c.HeadDim, c.QLora)
	if x != (Indexer{}) {
		w.IndexQ = matrix(x.Heads*x.Dim, c.QLora)
	}
	for range c.Groups {
		w.OA = append(w.OA, kernels.NewMatrix(alloc, c.grouped(f.Proj), c.OLora, c.Heads/c.Groups*c.HeadDim))
	}
	w.OB = matrix(c.Hidden, c.Groups*c.OLora)
	return w
}

// Matrices lists what there is.
func (w *compressedWeights) Matrices() []Part {
	parts := []Part{whole("q_a", w.QA), whole("kv", w.KV), whole("q_b", w.QB)}
	if c := w.Compress; c != nil {
		parts = append(parts, whole("compress.kv", c.KV), whole("compress.gate", c.Gate))
	}
	if c := w.IndexCompress; c != nil {
		parts = append(parts, whole("index.compress.kv", c.KV), whole("index.compress.gate", c.Gate), whole("index.weights", w.IndexW), whole("index.q_b", w.IndexQ))
	}
	for i, m := range w.OA {
		parts = append(parts, Part{Name: "o_a", M: m, First: i * m.Rows, Rows: len(w.OA) * m.Rows, Cols: m.Cols})
	}
	return append(parts, whole("o_b", w.OB))
}

// Vectors lists norms, sinks and position embeddings.
func (w *compressedWeights) Vectors() []Vector {
	v := []Vector{{Name: "q_a_norm", X: w.QNorm, Neutral: 1}, {Name: "kv_norm", X: w.KVNorm, Neutral: 1}, {Name: "sinks", X: w.Sinks}}
	for _, c := range []struct {
		name string
		w    *compressorWeights
	}{{"compress.", w.Compress}, {"index.compress.", w.IndexCompress}} {
		if c.w != nil {
			v = append(v, Vector{Name: c.name + "ape", X: c.w.APE, Rows: c.w.shape.ratio}, Vector{Name: c.name + "norm", X: c.w.Norm, Neutral: 1})
		}
	}
	return v
}
