package model

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"moebench/checkpoint"
	"moebench/kernels"
	"moebench/moe"
)

// stored maps the dtypes of single-tensor matrices to formats.
var stored = map[checkpoint.DType]kernels.Format{
	checkpoint.F32: kernels.F32, checkpoint.BF16: kernels.BF16, checkpoint.F16: kernels.F16, checkpoint.F8E4M3: kernels.FP8,
}

// scaleNames are what the scales of a tensor may be called: HuggingFace appends
// to the name, DeepSeek's own files replace its last part.
func scaleNames(name string) []string {
	return []string{name + "_scale_inv", strings.TrimSuffix(name, ".weight") + ".scale"}
}

// tensor finds a tensor and checks its shape; nil after reporting otherwise.
func (l *loader) tensor(name string, shape ...int) *checkpoint.Tensor {
	t, ok := l.ck.Tensor(name)
	if !ok {
		l.fail("tensor %s is missing", name)
		return nil
	}
	l.used[name] = true
	if err := t.Expect(shape...); err != nil {
		l.fail("%w", err)
		return nil
	}
	return &t
}

// vector reads a one-dimensional tensor into dst.
func (l *loader) vector(dst []float32, name string) { l.floats(dst, name, len(dst)) }

// floats reads a tensor of a shape into dst.
func (l *loader) floats(dst []float32, name string, shape ...int) {
	if t := l.tensor(name, shape...); t != nil {
		if err := t.Float32s(dst); err != nil {
			l.fail("%w", err)
		}
	}
}

// matrix schedules a [rows, cols] tensor to be packed into dst.
func (l *loader) matrix(dst *kernels.Matrix, first, step int, name string, rows, cols int) {
	if src := l.source(name, rows, cols); src != nil {
		l.tasks = append(l.tasks, packTask{name, dst, first, step, src})
	}
}

// source views a [rows, cols] tensor as a matrix; nil after reporting an error.
func (l *loader) source(name string, rows, cols int) *kernels.Source {
	if t, ok := l.ck.Tensor(name); ok && t.DType == checkpoint.I8 {
		return l.packed(name, rows, cols)
	}
	t := l.tensor(name, rows, cols)
	if t == nil {
		return nil
	}
	f, ok := stored[t.DType]
	if !ok {
		l.fail("tensor %s: dtype %s, want F32, BF16, F16, F8_E4M3 or I8 (two e2m1 codes each)", name, t.DType)
		return nil
	}
	src := &kernels.Source{Format: f, Rows: rows, Cols: cols, Data: t.Data}
	if f == kernels.FP8 {
		src.BlockScales = make([]float32, blocks(rows)*blocks(cols))
		s := l.scales(name, blocks(rows), blocks(cols))
		if s == nil {
			return nil
		}
		if err := s.Float32s(src.BlockScales); err != nil {
			l.fail("%w", err)
			return nil
		}
		for i, scale := range src.BlockScales {
			if scale != scale || math.IsInf(float64(scale), 0) {
				l.fail("tensor %s: scale %d is %g, want a finite number", s.Name, i, scale)
				return nil
			}
		}
	}
	return src
}

// finiteScales reports a ue8m0 scale that is NaN.
func (l *loader) finiteScales(t *checkpoint.Tensor) bool {
	i := bytes.IndexByte(t.Data, 255)
	if i >= 0 {
		l.fail("tensor %s: scale %d is NaN (ue8m0 255), want a power of two", t.Name, i)
	}
	return i < 0
}

// scales finds the scales of a tensor.
func (l *loader) scales(name string, shape ...int) *checkpoint.Tensor {
	candidates := scaleNames(name)
	for _, n := range candidates {
		if _, ok := l.ck.Tensor(n); ok {
			return l.tensor(n, shape...)
		}
	}
	l.fail("tensor %s is missing: the scales of %s", strings.Join(candidates, " or "), name)
	return nil
}

// packed views FP4 weights: I8 [rows, cols/2] with two e2m1 codes each, the even
// column in the low nibble, and ue8m0 scales [rows, cols/32].
func (l *loader) packed(name string, rows, cols int) *kernels.Source {
	if cols%kernels.QuantBlock != 0 {
		l.fail("tensor %s: %d columns in FP4, want a multiple of %d", name, cols, kernels.QuantBlock)
		return nil
	}
	codes := l.tensor(name, rows, cols/2)
	scales := l.scales(name, rows, cols/kernels.QuantBlock)
	if codes == nil || scales == nil {
		return nil
	}
	if scales.DType != checkpoint.F8E8M0 {
		l.fail("tensor %s: dtype %s, want F8_E8M0", scales.Name, scales.DType)
		return nil
	}
	if !l.finiteScales(scales) {
		return nil
	}
	return &kernels.Source{Format: kernels.MXFP4, Rows: rows, Cols: cols, Data: codes.Data, Scales: scales.Data}
}

// fusedExperts loads the first experts of gpt-oss: all in one tensor, the rows of gate and
// up alternating, as floats [E, in, out] or as MXFP4 blocks [E, out, in/32, 16].
func (l *loader) fusedExperts(prefix string, c moe.Config, own []moe.Expert) {
	gateUp, down := prefix+fusedName("gate_up"), prefix+fusedName("down")
	n, hidden, inter := c.Experts, c.Hidden, c.Inter
	gateUpOf := l.fusedSource(gateUp, n, 2*inter, hidden)
	downOf := l.fusedSource(down, n, hidden, inter)
	gateUpBias, downBias := make([]float32, n*2*inter), make([]float32, n*hidden)
	l.floats(gateUpBias, gateUp+"_bias", n, 2*inter)
	l.floats(downBias, down+"_bias", n, hidden)
	if l.err != nil {
		return
	}
	gate, up := make([]float32, inter), make([]float32, inter)
	for e := range own {
		x := &own[e]
		l.tasks = append(l.tasks,
			packTask{gateUp, x.GateUp, 0, 2, everyOther(gateUpOf(e), 0)},
			packTask{gateUp, x.GateUp, 1, 2, everyOther(gateUpOf(e), 1)},
			packTask{down, x.Down, 0, 1, downOf(e)})
		for j := range inter {
			gate[j], up[j] = gateUpBias[(e*inter+j)*2], gateUpBias[(e*inter+j)*2+1]
		}
		copy(x.GateUpBias, moe.FuseBias(gate, up))
		copy(x.DownBias, downBias[e*hidden:])
	}
}

// everyOther is the matrix of rows first, first+2, ... of src.
func everyOther(src *kernels.Source, first int) *kernels.Source {
	s := *src
	s.Data = s.Data[s.RowStride*s.Format.Bits()*first/8:]
	if s.Scales != nil {
		s.Scales = s.Scales[s.RowStride/kernels.QuantBlock*first:]
	}
	s.Rows /= 2
	s.RowStride *= 2
	return &s
}

// fusedSource returns the [out, in] matrix of every expert of a fused tensor.
func (l *loader) fusedSource(name string, experts, out, in int) func(e int) *kernels.Source {
	if _, packed := l.ck.Tensor(name + "_blocks"); packed {
		return l.fusedBlocks(name, experts, out, in)
	}
	t := l.tensor(name, experts, in, out)
	if t == nil {
		return nil
	}
	f, ok := stored[t.DType]
	if !ok || f == kernels.FP8 {
		l.fail("tensor %s: dtype %s, want F32, BF16 or F16", name, t.DType)
		return nil
	}
	size := f.Bits() / 8 * in * out
	return func(e int) *kernels.Source {
		return &kernels.Source{Format: f, Rows: out, Cols: in, RowStride: 1, ColStride: out, Data: t.Data[e*size : (e+1)*size]}
	}
}

// fusedBlocks is fusedSource for MXFP4.
func (l *loader) fusedBlocks(name string, experts, out, in int) func(e int) *kernels.Source {
	if in%kernels.QuantBlock != 0 {
		l.fail("tensor %s_blocks: %d columns, want a multiple of %d", name, in, kernels.QuantBlock)
		return nil
	}
	groups := in / kernels.QuantBlock
	codes := l.tensor(name+"_blocks", experts, out, groups, kernels.QuantBlock/2)
	scales := l.tensor(name+"_scales", experts, out, groups)
	if codes == nil || scales == nil {
		return nil
	}
	for _, t := range []*checkpoint.Tensor{codes, scales} {
		if t.DType != checkpoint.U8 {
			l.fail("tensor %s: dtype %s, want U8", t.Name, t.DType)
			return nil
		}
	}
	if !l.finiteScales(scales) {
		return nil
	}
	size := out * groups
	return func(e int) *kernels.Source {
		return &kernels.Source{Format: kernels.MXFP4, Rows: out, Cols: in, RowStride: in, ColStride: 1,
			Data: codes.Data[e*size*16 : (e+1)*size*16], Scales: scales.Data[e*size : (e+1)*size]}
	}
}

// shippedFormats reads the format of every class off the first tensor of it.
func (l *loader) shippedFormats() Formats {
	n := l.names
	of := func(def kernels.Format, name string) kernels.Format {
		if _, ok := l.ck.Tensor(name + "_blocks"); ok {
			return kernels.MXFP4
		}
		if t, ok := l.ck.Tensor(name); ok {
			if f, ok := stored[t.DType]; ok {
				return f
			}
			if t.DType == checkpoint.I8 {
				return kernels.MXFP4
			}
		}
		return def
	}
	first, last := fmt.Sprintf(n.layer, 0), fmt.Sprintf(n.layer, len(l.config.Layers)-1) // layers before may be dense
	f := Formats{Embed: of(kernels.F32, n.embed)}
	if f.Embed == kernels.FP8 {
		f.Embed = kernels.F32 // a table is looked up row by row: no block scales
	}
	f.Head = of(f.Embed, n.head)
	f.Attention, f.Compress = f.Embed, f.Embed
	for _, part := range []string{"q", "q_a"} {
		f.Attention = of(f.Attention, first+n.attention[part])
	}
	for i := range l.config.Layers {
		for _, part := range []string{"compress.kv", "index.weights"} {
			f.Compress = of(f.Compress, fmt.Sprintf(n.layer, i)+n.attention[part])
		}
	}
	f.Dense = of(f.Embed, first+n.dense+n.parts[0])
	f.Shared = of(f.Embed, last+n.shared+n.parts[0])
	f.Router = of(f.Embed, last+n.router)
	f.Expert = of(f.Embed, last+fmt.Sprintf(n.expert, 0)+n.parts[0])
	if n.fused {
		f.Expert = of(f.Embed, last+fusedName("gate_up"))
	}
	return f
}
