package attention

import (
	"fmt"
	"math"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/vec"
)

// NormKind says how queries and keys are normed before they are rotated.
type NormKind uint8

const (
	None    NormKind = iota
	PerHead          // over each head's HeadDim, one weight for all heads
	Whole            // over all heads together
)

// GQA describes grouped-query attention (GQA); KVHeads == Heads is
// multi-head attention. It is comparable.
type GQA struct {
	Hidden         int
	Heads, KVHeads int // num_attention_heads, num_key_value_heads
	HeadDim        int
	Window         int  // tokens a row sees, itself included; 0 = all (sliding_window)
	Sinks          bool // a learned score per head that joins the softmax without a value
	QKVBias, OBias bool
	QKNorm         NormKind
	Eps            float32 // of QKNorm
	Rope           vec.RopeConfig
	Scale          float32 // of the scores; 0 = HeadDim^-0.5
}

// Kind names the attention, and its window.
func (c GQA) Kind() string {
	if c.Window > 0 {
		return fmt.Sprintf("gqa-window%d", c.Window)
	}
	return "gqa"
}

// Width is Hidden.
func (c GQA) Width() int { return c.Hidden }

// Validate reports numbers that cannot work together.
func (c GQA) Validate() error {
	switch {
	case c.Hidden < 1 || c.Heads < 1 || c.KVHeads < 1 || c.HeadDim < 1 || c.Window < 0:
		return fmt.Errorf("attention of %d heads, %d kv heads, head size %d, window %d: want positive numbers", c.Heads, c.KVHeads, c.HeadDim, c.Window)
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("%d heads share %d kv heads: want a multiple", c.Heads, c.KVHeads)
	case c.Rope.Dim%2 != 0 || c.Rope.Dim < 0 || c.Rope.Dim > c.HeadDim:
		return fmt.Errorf("%d rotary dims in heads of %d: want an even number, at most the head size", c.Rope.Dim, c.HeadDim)
	}
	return nil
}

// Verify implements Config.
func (c GQA) Verify(f CacheFormat) error {
	return attend.Verify(kernels.PlainRow(f.plain(), c.dim()), c.Heads/c.KVHeads)
}

// scale is the factor on the scores.
func (c GQA) scale() float32 {
	if c.Scale != 0 {
		return c.Scale
	}
	return float32(1 / math.Sqrt(float64(c.HeadDim)))
}

// dim is the size of a head padded to whole registers: rows of the cache.
func (c GQA) dim() int { return attend.Pad16(c.HeadDim) }

// gqaWeights are those of one GQA sublayer.
type gqaWeights struct {
	Q, K, V, O                 *kernels.Matrix // [Heads*HeadDim, Hidden], 2 x [KVHeads*HeadDim, Hidden], [Hidden, Heads*HeadDim]
	QBias, KBias, VBias, OBias []float32       // nil if there are none
	QNorm, KNorm               []float32       // [HeadDim] or [all heads]; nil if there are none
	Sinks                      []float32       // [Heads] or nil
}

// NewWeights allocates what c calls for.
func (c GQA) NewWeights(alloc Alloc, f Formats) Weights {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	w := &gqaWeights{
		Q: kernels.NewMatrix(alloc, f.Proj, q, c.Hidden), K: kernels.NewMatrix(alloc, f.Proj, kv, c.Hidden),
		V: kernels.NewMatrix(alloc, f.Proj, kv, c.Hidden), O: kernels.NewMatrix(alloc, f.Proj, c.Hidden, q),
	}
	if c.QKVBias {
		w.QBias, w.KBias, w.VBias = make([]float32, q), make([]float32, kv), make([]float32, kv)
	}
	if c.OBias {
		w.OBias = make([]float32, c.Hidden)
	}
	switch c.QKNorm {
	case PerHead:
		w.QNorm, w.KNorm = make([]float32, c.HeadDim), make([]float32, c.HeadDim)
	case Whole:
		w.QNorm, w.KNorm = make([]float32, q), make([]float32, kv)
	}
	if c.Sinks {
		w.Sinks = make([]float32, c.Heads)
	}
	return w
}

// Matrices lists q, k, v and o.
func (w *gqaWeights) Matrices() []Part {
	return []Part{whole("q", w.Q), whole("k", w.K), whole("v", w.V), whole("o", w.O)}
}

// Vectors lists norms, biases and sinks; those that are not there are empty.
func (w *gqaWeights) Vectors() []Vector {
	return []Vector{
		{Name: "q_norm", X: w.QNorm, Neutral: 1}, {Name: "k_norm", X: w.KNorm, Neutral: 1},
		{Name: "q_bias", X: w.QBias}, {Name: "k_bias", X: w.KBias}, {Name: "v_bias", X: w.VBias}, {Name: "o_bias", X: w.OBias},
		{Name: "sinks", X: w.Sinks},
	}
}
