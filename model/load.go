package model

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"moebench/attention"
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

// Cache is the format of cache rows that goes with the mode.
func (m Mode) Cache() attention.CacheFormat {
	if m == Exact {
		return attention.CacheF32
	}
	return attention.CacheNative
}

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
	f, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	formats := UniformFormats(kernels.F32)
	if mode == Native {
		formats = f.Shipped
	}
	return f.Load(f.Config, nil, formats, Sampling{}, pool)
}

// Files is a checkpoint folder, its tensors mapped but not yet read.
type Files struct {
	Config  *Config
	Shipped Formats // how its tensors are stored
	dir     string
	ck      *checkpoint.Checkpoint
}

// Open reads config.json and the headers of the tensors.
func Open(dir string) (*Files, error) {
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
	f := &Files{Config: c, dir: dir, ck: ck}
	f.Shipped = f.loader(c, nil).shippedFormats()
	return f, nil
}

// Close unmaps the files.
func (f *Files) Close() error { return f.ck.Close() }

// Load reads the layers of config c, which is that of the files or one of fewer
// layers: layers[i] is then the number in the files of c's layer i. Only these are
// read, one after the other, so that a checkpoint may be larger than memory.
func (f *Files) Load(c *Config, layers []int, formats Formats, s Sampling, pool *hw.Pool) (*Model, error) {
	m, err := f.loader(c, layers).load(formats, s, pool)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.dir, err)
	}
	return m, nil
}

func (f *Files) loader(c *Config, layers []int) *loader {
	return &loader{ck: f.ck, config: c, layers: layers, whole: len(f.Config.Layers), names: families[f.Config.ID].names, used: map[string]bool{}}
}

// loader fills a model from a checkpoint. Errors stick: the first one is kept,
// and everything after it does nothing.
type loader struct {
	ck     *checkpoint.Checkpoint
	config *Config
	layers []int // numbers of config's layers in the files; nil: their own
	whole  int   // how many the files have
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

// number is the number of layer i in the files.
func (l *loader) number(i int) int {
	if l.layers == nil {
		return i
	}
	return l.layers[i]
}

func (l *loader) load(formats Formats, s Sampling, pool *hw.Pool) (*Model, error) {
	if l.checkNames(); l.err != nil {
		return nil, l.err
	}
	m, err := build(l.config, formats, s)
	if err != nil {
		return nil, err
	}
	l.outer(m)
	for i := range m.Layers {
		l.layer(i, m.Config.Layers[i], &m.Layers[i], s)
		l.run(pool)
	}
	l.unused()
	if l.err != nil {
		m.Close()
		return nil, l.err
	}
	return m, nil
}

// checkNames reports a missing embedding before memory is taken for the rest.
func (l *loader) checkNames() {
	if _, ok := l.ck.Tensor(l.names.embed); !ok {
		l.fail("tensor %s is missing", l.names.embed)
	}
}

// outer loads what is not part of a layer.
func (l *loader) outer(m *Model) {
	c := l.config
	l.vector(m.Norm, l.names.norm)
	head := l.names.head
	if c.Tied {
		head = l.names.embed
		l.used[l.names.head] = true // some tied checkpoints store it twice
	}
	l.matrix(m.Head, 0, 1, head, c.Vocab, c.Hidden)
	l.mix(m.HeadMix, l.names.headMix)
	if src := l.source(l.names.embed, c.Vocab, c.Hidden); src != nil {
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
func (l *loader) layer(i int, c Layer, w *Weights, s Sampling) {
	prefix := fmt.Sprintf(l.names.layer, l.number(i))
	l.vector(w.AttentionNorm, prefix+l.names.attentionNorm)
	l.vector(w.FFNNorm, prefix+l.names.ffnNorm)
	l.mix(w.AttentionMix, prefix+l.names.attentionMix)
	l.mix(w.FFNMix, prefix+l.names.ffnMix)
	l.attention(prefix, w.Attention)
	if c.FFN.Experts == 0 {
		l.expert(&w.FFN.Experts[0], c.FFN.Hidden, c.FFN.Inter, prefix+l.names.dense)
		if c.FFN.Bias {
			l.denseBias(prefix+l.names.dense, c.FFN, &w.FFN.Experts[0])
		}
		return
	}
	if l.names.fused && s.bank(i) == i {
		l.fusedExperts(prefix, c.FFN, w.FFN)
	} else if !l.names.fused && s.bank(i) == i {
		own := len(w.FFN.Experts) // of them in memory
		if s.Resident > 0 {
			own = min(own, s.Resident)
		}
		for e := range own {
			l.expert(&w.FFN.Experts[e], c.FFN.Hidden, c.FFN.Inter, prefix+fmt.Sprintf(l.names.expert, e))
		}
	}
	l.router(prefix, c.FFN, w.FFN)
	if c.FFN.SharedInter > 0 {
		l.expert(w.FFN.Shared, c.FFN.Hidden, c.FFN.SharedInter, prefix+l.names.shared)
	}
}

func (l *loader) router(prefix string, c moe.Config, w *moe.Weights) {
	l.matrix(w.Router, 0, 1, prefix+l.names.router, c.Experts, c.Hidden)
	if c.Router.Bias {
		l.vector(w.RouterBias, prefix+l.names.routerBias)
	}
	if c.Router.SelectionBias {
		l.vector(w.SelectionBias, prefix+l.names.selectionBias)
	}
	if c.Router.Hash {
		l.hash(w, prefix+l.names.hash, c)
	}
}

// hash loads the experts of every token id.
func (l *loader) hash(w *moe.Weights, name string, c moe.Config) {
	t := l.tensor(name, l.config.Vocab, c.Router.TopK)
	if t == nil {
		return
	}
	if err := t.Int32s(w.Hash); err != nil {
		l.fail("%w", err)
		return
	}
	for i, e := range w.Hash {
		if e < 0 || int(e) >= c.Experts {
			l.fail("tensor %s: expert %d of token %d is %d, want 0 to %d", name, i%c.Router.TopK, i/c.Router.TopK, e, c.Experts-1)
			return
		}
	}
}

// attention loads whatever parts a sublayer has, by the family's names for them.
func (l *loader) attention(prefix string, w attention.Weights) {
	for _, p := range w.Matrices() {
		if src := l.source(prefix+l.names.attention[p.Name], p.Rows, p.Cols); src != nil {
			l.tasks = append(l.tasks, packTask{prefix + l.names.attention[p.Name], p.M, 0, 1, src.Part(p.First, p.M.Rows, p.M.Cols, p.Transposed)})
		}
	}
	for _, v := range w.Vectors() {
		switch {
		case len(v.X) == 0:
		case v.Rows > 0:
			l.table(v.X, prefix+l.names.attention[v.Name], v.Rows, len(v.X)/v.Rows)
		default:
			l.vector(v.X, prefix+l.names.attention[v.Name])
		}
	}
}

// mix loads one site of hyper-connections, if there is any.
func (l *loader) mix(m *Mix, prefix string) {
	if m == nil {
		return
	}
	l.matrix(m.Fn, 0, 1, prefix+"fn", m.Fn.Rows, m.Fn.Cols)
	l.vector(m.Base, prefix+"base")
	l.vector(m.Scale, prefix+"scale")
}

// expert loads gate, up and down from a tensor each.
func (l *loader) expert(e *moe.Expert, hidden, inter int, prefix string) {
	l.matrix(e.GateUp, 0, 2, prefix+l.names.parts[0], inter, hidden)
	l.matrix(e.GateUp, 1, 2, prefix+l.names.parts[1], inter, hidden)
	l.matrix(e.Down, 0, 1, prefix+l.names.parts[2], hidden, inter)
}

func (l *loader) denseBias(prefix string, c moe.Config, e *moe.Expert) {
	gate, up := make([]float32, c.Inter), make([]float32, c.Inter)
	l.vector(gate, prefix+"gate_proj.bias")
	l.vector(up, prefix+"up_proj.bias")
	copy(e.GateUpBias, moe.FuseBias(gate, up))
	l.vector(e.DownBias, prefix+"down_proj.bias")
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

// ignored are tensors of multi-token prediction, which stand beyond the last layer
// or under a name of their own, and rotary tables, which old checkpoints store.
func (l *loader) ignored(name string) bool {
	var layer int
	if n, _ := fmt.Sscanf(name, l.names.layer, &layer); n == 1 && (layer >= l.whole || l.layers != nil) {
		return true
	}
	for _, prefix := range l.names.ignored {
		if strings.HasPrefix(name, prefix) {
			return true
		}
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
	l.tasks = l.tasks[:0]
}
