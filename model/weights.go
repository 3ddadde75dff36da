package model

import (
	"fmt"
	"math"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/moe"
)

// Model is a description with its weights: immutable once built, shared by any
// number of sessions.
type Model struct {
	Config  *Config
	Formats Formats
	Embed   *kernels.Source // [Vocab][Hidden], row-major: rows are looked up
	Norm    []float32       // [Hidden]
	Head    *kernels.Matrix // [Vocab, Hidden]
	HeadMix *Mix            // nil with one stream
	Layers  []Weights

	arena *hw.Arena
}

// Weights are those of one layer. Layers of a sampled model may share experts.
type Weights struct {
	AttentionNorm, FFNNorm []float32 // [Hidden]
	Attention              attention.Weights
	FFN                    *moe.Weights
	AttentionMix, FFNMix   *Mix // nil with one stream

	attention attention.Layer
	ffn       *moe.Layer
}

// Close returns the memory of the weights.
func (m *Model) Close() error { return m.arena.Free() }

// allocator hands out the memory of matrices.
type allocator func(bytes int64) []byte

// Sampling says what of a model is in memory. The zero value is all of it.
type Sampling struct {
	// Bank[i] <= i is the layer whose routed experts layer i uses: itself, or an
	// earlier one with experts of the same shape. nil: each its own.
	Bank []int
	// Resident is how many experts a bank holds; the others are the same ones
	// again. 0: all.
	Resident int
}

func (s Sampling) bank(i int) int {
	if s.Bank == nil {
		return i
	}
	return s.Bank[i]
}

// Borrowers is how many layers use the experts of an earlier one.
func (s Sampling) Borrowers() int {
	n := 0
	for i, b := range s.Bank {
		if i != b {
			n++
		}
	}
	return n
}

// build allocates a model.
func build(c *Config, f Formats, s Sampling) (*Model, error) {
	arena, err := hw.NewArena(WeightBytes(c, f, s))
	if err != nil {
		return nil, fmt.Errorf("weights of %s: %w", c.ID, err)
	}
	m := allocate(c, f, s, arena.Alloc)
	m.arena = arena
	for i := range m.Layers {
		l := &m.Layers[i]
		l.attention = c.Layers[i].Attention.NewLayer(l.Attention)
		l.ffn = moe.NewLayer(c.Layers[i].FFN, l.FFN)
	}
	return m, nil
}

// WeightBytes is the memory the weights of a model take.
func WeightBytes(c *Config, f Formats, s Sampling) int64 {
	var need int64
	allocate(c, f, s, func(bytes int64) []byte {
		need += (bytes + 63) &^ 63
		return nil
	})
	return need
}

// allocate lays out all matrices in the order a forward pass reads them.
func allocate(c *Config, f Formats, s Sampling, alloc allocator) *Model {
	m := &Model{Config: c, Formats: f, Norm: make([]float32, c.Hidden), Layers: make([]Weights, len(c.Layers))}
	m.Embed = newTable(alloc, f.Embed, c.Vocab, c.Hidden)
	for i, l := range c.Layers {
		w := &m.Layers[i]
		w.AttentionNorm, w.FFNNorm = make([]float32, c.Hidden), make([]float32, c.Hidden)
		w.AttentionMix, w.FFNMix = c.Streams.newMix(alloc, c.Hidden), c.Streams.newMix(alloc, c.Hidden)
		w.Attention = l.Attention.NewWeights(attention.Alloc(alloc), f.AttentionFormats(attention.CacheF32))
		var bank []moe.Expert
		if b := s.bank(i); b != i {
			bank = m.Layers[b].FFN.Experts
		}
		w.FFN = moe.NewWeights(alloc, l.FFN, f.FFN(l.FFN), bank, s.resident(l.FFN))
		if l.FFN.Router.Hash {
			w.FFN.Hash = make([]int32, c.Vocab*l.FFN.Router.TopK)
		}
	}
	m.HeadMix = c.Streams.newHeadMix(alloc, c.Hidden)
	m.Head = kernels.NewMatrix(alloc, f.Head, c.Vocab, c.Hidden)
	return m
}

// resident is how many experts of a layer are in memory; a dense layer has one.
func (s Sampling) resident(c moe.Config) int {
	if s.Resident == 0 || c.Experts == 0 {
		return 0
	}
	return min(s.Resident, c.Experts)
}

// newTable allocates a row-major table. Rows are padded to whole blocks.
func newTable(alloc allocator, f kernels.Format, rows, cols int) *kernels.Source {
	stride := (cols + kernels.QuantBlock - 1) / kernels.QuantBlock * kernels.QuantBlock
	t := &kernels.Source{Format: f, Rows: rows, Cols: cols, RowStride: stride}
	t.Data = alloc(int64(rows) * int64(stride) * int64(f.Bits()) / 8)
	switch f {
	case kernels.FP8:
		n := blocks(rows) * blocks(cols)
		t.BlockScales = make([]float32, n)
	case kernels.MXFP4:
		t.Scales = alloc(int64(rows) * int64(stride/kernels.QuantBlock))
	case kernels.INT8:
		t.Scales = alloc(int64(rows) * int64(stride/kernels.QuantBlock) * 2)
	}
	return t
}

func blocks(n int) int { return (n + kernels.FP8Block - 1) / kernels.FP8Block }

// matrices visits every matrix of the model once, by name.
func (m *Model) matrices(visit func(name string, w *kernels.Matrix)) {
	seen := map[*kernels.Matrix]bool{}
	for i := range m.Layers {
		l := &m.Layers[i]
		for _, p := range l.Attention.Matrices() {
			visit(fmt.Sprintf("layers.%d.%s", i, p.Name), p.M)
		}
		l.AttentionMix.matrix(visit, fmt.Sprintf("layers.%d.attention_mix", i))
		l.FFNMix.matrix(visit, fmt.Sprintf("layers.%d.ffn_mix", i))
		if l.FFN.Router != nil {
			visit(fmt.Sprintf("layers.%d.router", i), l.FFN.Router)
		}
		for e, x := range l.FFN.All() {
			if !seen[x.GateUp] {
				seen[x.GateUp] = true
				visit(fmt.Sprintf("layers.%d.experts.%d.gate_up", i, e), x.GateUp)
				visit(fmt.Sprintf("layers.%d.experts.%d.down", i, e), x.Down)
			}
		}
	}
	m.HeadMix.matrix(visit, "head_mix")
	visit("head", m.Head)
}

// vectors visits every vector once, with the value a neutral model has there:
// 1 for norms, 0 for biases.
func (m *Model) vectors(visit func(x []float32, neutral float32)) {
	visit(m.Norm, 1)
	m.HeadMix.vectors(visit)
	seen := map[*kernels.Matrix]bool{}
	for i := range m.Layers {
		l := &m.Layers[i]
		visit(l.AttentionNorm, 1)
		visit(l.FFNNorm, 1)
		for _, v := range l.Attention.Vectors() {
			visit(v.X, v.Neutral)
		}
		l.AttentionMix.vectors(visit)
		l.FFNMix.vectors(visit)
		visit(l.FFN.RouterBias, 0)
		visit(l.FFN.SelectionBias, 0)
		for _, x := range l.FFN.Experts {
			if !seen[x.GateUp] {
				seen[x.GateUp] = true
				visit(x.GateUpBias, 0)
				visit(x.DownBias, 0)
			}
		}
	}
}

// gain is the standard deviation of a matrix's elements that keeps a product's
// output as large as its input.
func gain(cols int) float64 { return 1 / math.Sqrt(float64(cols)) }

// Memory is all weights as one block, for reading passes that measure memory.
func (m *Model) Memory() []byte { return m.arena.Bytes() }
