package attention

import (
	"errors"
	"fmt"
	"math"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/vec"
)

// MLA is multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1):
// keys and values of all heads are made from one latent of KVLora elements per
// token, and one rotated key of RopeDim serves all heads. With an Indexer it is
// DeepSeek sparse attention (DSA, DeepSeek-V3.2-Exp). It is comparable.
type MLA struct {
	Hidden, Heads int
	QLora         int // q_lora_rank; 0 = queries are projected directly
	KVLora        int // kv_lora_rank
	Nope          int // qk_nope_head_dim
	Value         int // v_head_dim
	Eps           float32
	Rope          vec.RopeConfig // of qk_rope_head_dim, interleaved
	Scale         float32        // of the scores; 0 = (Nope + Rope.Dim)^-0.5
	Indexer       Indexer
}

// Kind names the attention.
func (c MLA) Kind() string {
	if c.Indexer != (Indexer{}) {
		return "mla-dsa"
	}
	return "mla"
}

// Width is Hidden.
func (c MLA) Width() int { return c.Hidden }

// Validate reports numbers that cannot work together.
func (c MLA) Validate() error {
	switch {
	case c.Hidden < 1 || c.Heads < 1 || c.QLora < 0 || c.KVLora < 1 || c.Nope < 1 || c.Value < 1:
		return fmt.Errorf("MLA of %d heads, q_lora_rank %d, kv_lora_rank %d, qk_nope_head_dim %d, v_head_dim %d: want positive numbers",
			c.Heads, c.QLora, c.KVLora, c.Nope, c.Value)
	case c.Rope.Dim < 2 || c.Rope.Dim%2 != 0:
		return fmt.Errorf("qk_rope_head_dim is %d, want an even number, at least 2", c.Rope.Dim)
	case c.Indexer != Indexer{} && c.QLora == 0:
		return fmt.Errorf("an indexer (index_n_heads %d) needs q_lora_rank", c.Indexer.Heads)
	}
	return c.Indexer.validate(c.Rope.Dim)
}

// Verify implements Config.
func (c MLA) Verify(f CacheFormat) error {
	return errors.Join(attend.Verify(c.entry(f), min(c.Heads, headGroup)), c.Indexer.verify(f, mlaIndexFormat))
}

func (c MLA) scale() float32 {
	if c.Scale != 0 {
		return c.Scale
	}
	return float32(1 / math.Sqrt(float64(c.Nope+c.Rope.Dim)))
}

// entry is a row of the cache: the normed latent, then the rotated key. Native
// storage is BF16 for dense attention, and FlashMLA's FP8 rows for sparse: 656
// bytes at 512 + 64.
func (c MLA) entry(f CacheFormat) kernels.RowLayout {
	latent, key := kernels.RowPart{N: c.KVLora, Format: f.plain()}, kernels.RowPart{N: c.Rope.Dim, Format: f.plain()}
	if f == CacheNative && c.Indexer != (Indexer{}) {
		latent = kernels.RowPart{N: c.KVLora, Format: kernels.FP8, Block: kernels.FP8Block, Scale: kernels.FloatScale}
		return kernels.NewRow(8, latent, key)
	}
	return kernels.NewRow(1, latent, key)
}

// mlaIndexFormat is how V3.2 stores indexer keys: 132 bytes at 128 elements.
const mlaIndexFormat = kernels.FP8

// mlaWeights are those of one sublayer. kv_b [Heads][Nope + Value][KVLora] is kept
// in absorbed form: KB maps a query into latent space, VB a mixed latent to
// values.
type mlaWeights struct {
	Q             *kernels.Matrix   // [Heads*(Nope+Rope), Hidden], nil with QLora
	QA, QB        *kernels.Matrix   // [QLora, Hidden], [Heads*(Nope+Rope), QLora]; nil without
	KVA           *kernels.Matrix   // [KVLora+Rope, Hidden]
	KB            []*kernels.Matrix // per head [KVLora, Nope]
	VB            []*kernels.Matrix // per head [Value, KVLora]
	O             *kernels.Matrix   // [Hidden, Heads*Value]
	QNorm, KVNorm []float32         // [QLora], [KVLora]

	IndexQ, IndexK, IndexW *kernels.Matrix // [index heads*dim, QLora], [dim, Hidden], [heads, Hidden]
	IndexNorm, IndexBias   []float32       // [dim]
	config                 MLA
}

// absorbed is the format of KB and VB. FP8 scales belong to 128x128 blocks of
// kv_b: they stay with the heads only where the heads' rows are whole blocks.
func (c MLA) absorbed(f kernels.Format) kernels.Format {
	if f == kernels.FP8 && (c.Nope%kernels.FP8Block != 0 || c.Value%kernels.FP8Block != 0) {
		return kernels.F32
	}
	return f
}

// NewWeights allocates what c calls for.
func (c MLA) NewWeights(alloc Alloc, f Formats) Weights {
	matrix := func(rows, cols int) *kernels.Matrix { return kernels.NewMatrix(alloc, f.Proj, rows, cols) }
	w := &mlaWeights{config: c, KVNorm: make([]float32, c.KVLora)}
	nq := c.Heads * (c.Nope + c.Rope.Dim)
	if c.QLora > 0 {
		w.QA, w.QB, w.QNorm = matrix(c.QLora, c.Hidden), matrix(nq, c.QLora), make([]float32, c.QLora)
	} else {
		w.Q = matrix(nq, c.Hidden)
	}
	w.KVA = matrix(c.KVLora+c.Rope.Dim, c.Hidden)
	if x := c.Indexer; x != (Indexer{}) {
		w.IndexQ, w.IndexK = matrix(x.Heads*x.Dim, c.QLora), matrix(x.Dim, c.Hidden)
		w.IndexW = kernels.NewMatrix(alloc, f.Aux, x.Heads, c.Hidden)
		w.IndexNorm, w.IndexBias = make([]float32, x.Dim), make([]float32, x.Dim)
	}
	absorbed := c.absorbed(f.Proj)
	for range c.Heads {
		w.KB = append(w.KB, kernels.NewMatrix(alloc, absorbed, c.KVLora, c.Nope))
	}
	for range c.Heads {
		w.VB = append(w.VB, kernels.NewMatrix(alloc, absorbed, c.Value, c.KVLora))
	}
	w.O = matrix(c.Hidden, c.Heads*c.Value)
	return w
}

// Matrices lists what there is.
func (w *mlaWeights) Matrices() []Part {
	var parts []Part
	for _, p := range []struct {
		name string
		m    *kernels.Matrix
	}{{"q", w.Q}, {"q_a", w.QA}, {"q_b", w.QB}, {"kv_a", w.KVA}, {"index.q_b", w.IndexQ}, {"index.k", w.IndexK}, {"index.weights", w.IndexW}, {"o", w.O}} {
		if p.m != nil {
			parts = append(parts, whole(p.name, p.m))
		}
	}
	c := w.config
	for h := range w.KB {
		first := h * (c.Nope + c.Value)
		kv := Part{Name: "kv_b", Rows: c.Heads * (c.Nope + c.Value), Cols: c.KVLora}
		k, v := kv, kv
		k.M, k.First, k.Transposed = w.KB[h], first, true
		v.M, v.First = w.VB[h], first+c.Nope
		parts = append(parts, k, v)
	}
	return parts
}

// Vectors lists norms and biases; those that are not there are empty.
func (w *mlaWeights) Vectors() []Vector {
	return []Vector{
		{Name: "q_a_norm", X: w.QNorm, Neutral: 1}, {Name: "kv_a_norm", X: w.KVNorm, Neutral: 1},
		{Name: "index.k_norm", X: w.IndexNorm, Neutral: 1}, {Name: "index.k_norm_bias", X: w.IndexBias},
	}
}
