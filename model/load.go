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
)

// Mode is the precision of a loaded model.
type Mode string

const (
	// Exact stores every matrix as f32 and multiplies in f32: what independent
	// reference outputs are compared with.
	Exact Mode = "exact"
	// Native keeps the formats of the checkpoint; kernels read activations in
	// a precision that suits the format and the CPU (see kernels/matmul).
	Native Mode = "native"
)

// Cache is the format of cache rows that goes with the mode.
func (m Mode) Cache() attention.CacheFormat {
	if m == Exact {
		return attention.CacheF32
	}
	return attention.CacheNative
}

// ParseCache reads the name of a cache format; empty is the mode's own.
func (m Mode) ParseCache(name string) (attention.CacheFormat, error) {
	if name == "" {
		return m.Cache(), nil
	}
	return attention.ParseCacheFormat(name)
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

// Files is a checkpoint folder, its tensors mapped but not yet read.
type Files struct {
	Config  *Config
	Shipped Formats // how its tensors are stored

	Loaded func(layers, all int) error // if not nil, hears of every layer that is loaded; an error ends loading

	dir string
	ck  *checkpoint.Checkpoint
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
	if params := c.params(f.Shipped); params > 2*float64(ck.Bytes()) { // of four bits, the shortest there are
		f.Close()
		return nil, fmt.Errorf("%s: config.json describes %.4g parameters, the tensors are %d bytes", dir, params, ck.Bytes())
	}
	return f, nil
}

// Close unmaps the files.
func (f *Files) Close() error { return f.ck.Close() }

// LoadAll reads the whole model. Every tensor the config calls for must be there in
// the right shape, and none besides, except those of multi-token-prediction layers
// beyond num_hidden_layers.
func (f *Files) LoadAll(mode Mode, pool *hw.Pool) (*Model, error) {
	formats := UniformFormats(kernels.F32)
	if mode == Native {
		formats = f.Shipped
	}
	return f.Load(f.Config, nil, formats, Sampling{}, pool)
}

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
	return &loader{ck: f.ck, config: c, layers: layers, loaded: f.Loaded, whole: f.Config, names: families[f.Config.ID].names, used: map[string]bool{}}
}

// loader fills a model from a checkpoint. Errors stick: the first one is kept,
// and everything after it does nothing.
type loader struct {
	ck     *checkpoint.Checkpoint
	config *Config
	layers []int   // numbers of config's layers in the files; nil: their own
	whole  *Config // of the files
	loaded func(layers, all int) error
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
		if l.run(pool); l.err == nil && l.loaded != nil {
			l.err = l.loaded(i+1, len(m.Layers))
		}
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
// or under a name of their own, and rotary tables, which old checkpoints store. More layers
// than the config has are another model's, or its config was cut short.
func (l *loader) ignored(name string) bool {
	var layer int
	last := len(l.whole.Layers)
	if n, _ := fmt.Sscanf(name, l.names.layer, &layer); n == 1 && layer < last+l.whole.MTP && (layer >= last || l.layers != nil) {
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
