package model

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"moebench/checkpoint"
	"moebench/hw"
	"moebench/kernels"
	"moebench/moe"
)

// Mode is the precision of a loaded model.
type Mode string

const (
	// Exact stores every matrix as f32 and multiplies in f32: what independent
	// reference outputs are compared with.
	Exact Mode = "exact"
	// Native keeps the formats of the checkpoint; kernels read activations in
	// the precision of their format (see kernels/matmul).
	Native Mode = "native"
)

// ParseMode reads the name of a mode.
func ParseMode(name string) (Mode, error) {
	if m := Mode(name); m == Exact || m == Native {
		return m, nil
	}
	return "", fmt.Errorf("unknown mode %q: want exact or native", name)
}

// maxConfig is the size of the largest config.json worth reading.
const maxConfig = 1 << 20

// Load reads config.json and the tensors of a checkpoint folder. Every tensor
// the config calls for must be there in the right shape, and none besides,
// except those of multi-token-prediction layers beyond num_hidden_layers.
func Load(dir string, mode Mode, pool *hw.Pool) (*Model, error) {
	path := filepath.Join(dir, "config.json")
	if info, err := os.Stat(path); err == nil && info.Size() > maxConfig {
		return nil, fmt.Errorf("%s: %d bytes, want at most %d", path, info.Size(), maxConfig)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := ParseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	ck, err := checkpoint.Open(dir)
	if err != nil {
		return nil, err
	}
	defer ck.Close()
	l := &loader{ck: ck, config: c, names: families[c.ID].names, used: map[string]bool{}}
	m, err := l.load(mode, pool)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return m, nil
}

// loader fills a model from a checkpoint. Errors stick: the first one is kept,
// and everything after it does nothing.
type loader struct {
	ck     *checkpoint.Checkpoint
	config *Config
	names  names
	used   map[string]bool
	tasks  []packTask
	err    error
}

// packTask is one matrix to convert, done in parallel at the end.
type packTask struct {
	name        string
	dst         *kernels.Matrix
	first, step int
	src         *kernels.Source
}

func (l *loader) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

func (l *loader) load(mode Mode, pool *hw.Pool) (*Model, error) {
	formats := UniformFormats(kernels.F32)
	if mode == Native {
		formats = l.shippedFormats()
		if formats.Embed == kernels.FP8 {
			formats.Embed = kernels.F32 // a table is looked up row by row: no block scales
		}
	}
	if l.checkNames(); l.err != nil {
		return nil, l.err
	}
	m, err := build(l.config, formats, own)
	if err != nil {
		return nil, err
	}
	l.outer(m)
	for i := range m.Layers {
		l.layer(i, m.config(i), &m.Layers[i])
	}
	l.unused()
	l.run(pool)
	if l.err != nil {
		m.Close()
		return nil, l.err
	}
	return m, nil
}

func (m *Model) config(i int) Layer { return m.Config.Layers[i] }

// checkNames reports a missing embedding before memory is taken for the rest.
func (l *loader) checkNames() {
	if _, ok := l.ck.Tensor(embedName); !ok {
		l.fail("tensor %s is missing", embedName)
	}
}

// outer loads what is not part of a layer.
func (l *loader) outer(m *Model) {
	c := l.config
	l.vector(m.Norm, normName)
	head := headName
	if c.Tied {
		head = embedName
		l.used[headName] = true // some tied checkpoints store it twice
	}
	l.matrix(m.Head, 0, 1, head, c.Vocab, c.Hidden)
	if src := l.source(embedName, c.Vocab, c.Hidden); src != nil {
		copyTable(m.Embed, src)
	}
}

// copyTable converts a row-major source to the format of a table.
func copyTable(dst, src *kernels.Source) {
	row := make([]float32, dst.RowStride)
	for r := range src.Rows {
		src.Row(r, row)
		dst.SetRow(r, row)
	}
}

// layer loads one layer.
func (l *loader) layer(i int, c Layer, w *Weights) {
	l.vector(w.AttentionNorm, fmt.Sprintf(attentionNormName, i))
	l.vector(w.FFNNorm, fmt.Sprintf(ffnNormName, i))
	l.attention(i, c, w)
	switch {
	case c.FFN.Experts == 0:
		l.expert(&w.FFN.Experts[0], c.FFN.Hidden, c.FFN.Inter, func(part string) string { return fmt.Sprintf(denseName, i, part) })
		if c.FFN.Bias {
			l.denseBias(i, c.FFN, &w.FFN.Experts[0])
		}
		return
	case l.names.fused:
		l.fusedExperts(i, c.FFN, w.FFN)
	default:
		parts := map[string]string{"gate": l.names.gate, "up": l.names.up, "down": l.names.down}
		for e := range w.FFN.Experts {
			l.expert(&w.FFN.Experts[e], c.FFN.Hidden, c.FFN.Inter, func(part string) string { return fmt.Sprintf(parts[part], i, e) })
		}
	}
	l.matrix(w.FFN.Router, 0, 1, fmt.Sprintf(l.names.router, i), c.FFN.Experts, c.FFN.Hidden)
	if c.FFN.Router.Bias {
		l.vector(w.FFN.RouterBias, fmt.Sprintf(l.names.routerBias, i))
	}
	if c.FFN.Router.SelectionBias {
		l.vector(w.FFN.SelectionBias, fmt.Sprintf(l.names.selectionBias, i))
	}
	if c.FFN.SharedInter > 0 {
		l.expert(w.FFN.Shared, c.FFN.Hidden, c.FFN.SharedInter, func(part string) string { return fmt.Sprintf(sharedName, i, part) })
	}
}

func (l *loader) attention(i int, c Layer, w *Weights) {
	a, aw := c.Attention, w.Attention
	for _, p := range []struct {
		name       string
		m          *kernels.Matrix
		rows, cols int
		bias       []float32
	}{
		{"q", aw.Q, a.Heads * a.HeadDim, a.Hidden, aw.QBias},
		{"k", aw.K, a.KVHeads * a.HeadDim, a.Hidden, aw.KBias},
		{"v", aw.V, a.KVHeads * a.HeadDim, a.Hidden, aw.VBias},
		{"o", aw.O, a.Hidden, a.Heads * a.HeadDim, aw.OBias},
	} {
		l.matrix(p.m, 0, 1, fmt.Sprintf(projName, i, p.name), p.rows, p.cols)
		if p.bias != nil {
			l.vector(p.bias, fmt.Sprintf(projBiasName, i, p.name))
		}
	}
	if aw.QNorm != nil {
		l.vector(aw.QNorm, fmt.Sprintf(headNormName, i, "q"))
		l.vector(aw.KNorm, fmt.Sprintf(headNormName, i, "k"))
	}
	if aw.Sinks != nil {
		l.vector(aw.Sinks, fmt.Sprintf(sinksName, i))
	}
}

// expert loads gate, up and down from a tensor each; name says which.
func (l *loader) expert(e *moe.Expert, hidden, inter int, name func(part string) string) {
	l.matrix(e.GateUp, 0, 2, name("gate"), inter, hidden)
	l.matrix(e.GateUp, 1, 2, name("up"), inter, hidden)
	l.matrix(e.Down, 0, 1, name("down"), hidden, inter)
}

func (l *loader) denseBias(i int, c moe.Config, e *moe.Expert) {
	gate, up := make([]float32, c.Inter), make([]float32, c.Inter)
	l.vector(gate, fmt.Sprintf(denseBiasName, i, "gate"))
	l.vector(up, fmt.Sprintf(denseBiasName, i, "up"))
	copy(e.GateUpBias, moe.FuseBias(gate, up))
	l.vector(e.DownBias, fmt.Sprintf(denseBiasName, i, "down"))
}

// unused reports tensors nothing asked for.
func (l *loader) unused() {
	if l.err != nil {
		return
	}
	for _, name := range l.ck.Names() {
		if !l.used[name] && !l.ignored(name) {
			l.fail("unknown tensor %s: nothing in a %s model of %d layers is called that", name, l.config.ID, len(l.config.Layers))
			return
		}
	}
}

// ignored are tensors of layers beyond the last one (multi-token prediction)
// and rotary tables, which old checkpoints store.
func (l *loader) ignored(name string) bool {
	var layer int
	if n, _ := fmt.Sscanf(name, "model.layers.%d.", &layer); n == 1 && layer >= len(l.config.Layers) {
		return true
	}
	return strings.HasSuffix(name, "rotary_emb.inv_freq")
}

// run packs all matrices.
func (l *loader) run(pool *hw.Pool) {
	if l.err != nil {
		return
	}
	errs := make([]error, len(l.tasks))
	pool.Run(len(l.tasks), func(_, i int) {
		t := &l.tasks[i]
		if err := t.dst.Pack(t.first, t.step, t.src); err != nil {
			errs[i] = fmt.Errorf("%s: %w", t.name, err)
		}
	})
	for _, err := range errs {
		if err != nil {
			l.fail("%w", err)
		}
	}
}
