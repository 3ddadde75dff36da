package model

import (
	"encoding/binary"
	"math"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/moe"
)

// Synthetic makes a model of random weights, written directly in packed form:
// a matrix is as fast to make as its memory is to write. The bytes depend on
// the seed and the config alone, not on the machine or the number of workers.
// Hash-routed tokens get distinct experts. made, if not nil, hears how many parts of all are
// there, several times a second; an error ends it.
func Synthetic(c *Config, f Formats, seed uint64, s Sampling, pool *hw.Pool, made func(parts, all int) error) (*Model, error) {
	m, err := build(c, f, s)
	if err != nil {
		return nil, err
	}
	var fill filler
	stream := seed
	next := func() uint64 { stream = kernels.Mix(stream + kernels.Golden); return stream }
	m.matrices(func(_ string, w *kernels.Matrix) {
		fill.matrix(w, next())
	})
	// Embedding rows are of unit size, as if normed.
	fill.add(m.Embed.Data, codes(m.Embed.Format, 1), next())
	fill.add(m.Embed.Scales, pattern{0, scales(m.Embed.Format, 1)}, 0)
	for i := range m.Embed.BlockScales {
		m.Embed.BlockScales[i] = float32(spread(kernels.FP8))
	}
	m.vectors(func(x []float32, neutral float32) {
		r := next()
		for i := range x {
			x[i] = neutral + 0.1*(float32(kernels.Mix(r+uint64(i))>>40)/(1<<23)-1)
		}
	})
	for i := range m.Layers {
		if r := c.Layers[i].FFN.Router; r.Hash {
			fillHash(m.Layers[i].FFN.Hash, r.TopK, c.Layers[i].FFN.Experts, next())
		}
	}
	if err := fill.run(pool, made); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// fillHash gives every token topK distinct experts: an arithmetic sequence.
func fillHash(table []int32, topK, experts int, seed uint64) {
	for at := 0; at < len(table); at += topK {
		first := int(kernels.Mix(seed+uint64(at)) % uint64(experts))
		for i := range topK {
			table[at+i] = int32((first + i*max(1, experts/topK)) % experts)
		}
	}
}

// pattern turns random bits into codes: word&and|or (see kernels.Format.Pattern).
type pattern struct{ and, or uint64 }

// spread is the scale that gives a pattern's values standard deviation 1.
func spread(f kernels.Format) float64 {
	switch f {
	case kernels.FP8:
		return 1 / 0.72
	case kernels.MXFP4:
		return 1 / 2.9
	case kernels.INT8:
		return 1 / 73.9
	}
	return 1 / 1.2
}

// filler collects blocks of memory to write and writes them in parallel.
type filler struct{ blocks []fillBlock }

type fillBlock struct {
	pattern
	seed   uint64
	data   []byte          // or:
	part   *kernels.Matrix // whose scales are not random
	scales uint64          // but so
}

// fillBytes is the size of a block: large enough to amortise a claim.
const fillBytes = 1 << 20

func (f *filler) add(data []byte, p pattern, seed uint64) {
	for at := 0; at < len(data); at += fillBytes {
		f.blocks = append(f.blocks, fillBlock{data: data[at:min(at+fillBytes, len(data))], pattern: p, seed: seed + uint64(at)*kernels.Golden})
	}
}

// matrix fills a matrix, some panels a block.
func (f *filler) matrix(w *kernels.Matrix, seed uint64) {
	n := max(2, fillBytes/w.PanelBytes()&^1)
	for p := 0; p < w.Panels(); p += n {
		part := w.Part(p, min(p+n, w.Panels()))
		f.blocks = append(f.blocks, fillBlock{pattern: codes(w.Format, w.Cols), seed: seed + uint64(p*w.PanelBytes())*kernels.Golden,
			part: part, scales: scales(w.Format, w.Cols)})
	}
}

// codes is the pattern of a matrix of cols columns. Formats without scales carry the gain
// in the exponent, to the nearest power of two.
func codes(format kernels.Format, cols int) (p pattern) {
	p.and, p.or = format.Pattern()
	shift := uint64(math.Round(-math.Log2(gain(cols) * spread(format))))
	switch format {
	case kernels.F32:
		p.or -= shift<<23 | shift<<55
	case kernels.BF16:
		p.or -= shift<<7 | shift<<23 | shift<<39 | shift<<55
	case kernels.F16:
		p.or -= shift<<10 | shift<<26 | shift<<42 | shift<<58
	}
	return p
}

// scales is what the scales of a matrix consist of: one constant.
func scales(format kernels.Format, cols int) (word uint64) {
	scale := gain(cols) * spread(format)
	switch format {
	case kernels.FP8:
		word = uint64(math.Float32bits(float32(scale))) * 0x1_00000001
	case kernels.MXFP4:
		word = uint64(math.Round(math.Log2(scale))+127) * 0x0101010101010101
	case kernels.INT8:
		word = uint64(kernels.BF16.Encode(float32(scale))) * 0x0001_0001_0001_0001
	}
	return word
}

// fillBlocks is how many blocks are written between two looks at whether to go on.
const fillBlocks = 256

func (f *filler) run(pool *hw.Pool, made func(parts, all int) error) error {
	for at := 0; at < len(f.blocks); at += fillBlocks {
		part := f.blocks[at:min(at+fillBlocks, len(f.blocks))]
		pool.Run(len(part), func(_, i int) { part[i].fill() })
		if made == nil {
			continue
		}
		if err := made(at+len(part), len(f.blocks)); err != nil {
			return err
		}
	}
	return nil
}

// fill writes the block 8 bytes at a time from a counter: any block can be made
// without the ones before it, and a matrix is the same however its panels lie.
func (b *fillBlock) fill() {
	if b.part == nil {
		b.random(b.data, b.seed)
		return
	}
	panel := make([]byte, b.part.PanelBytes())
	for p := range b.part.Panels() {
		b.random(panel, b.seed+uint64(p*len(panel))/8*kernels.Golden)
		b.part.SetPanel(p, panel)
		b.part.Scales(p, func(line []byte) {
			for ; len(line) > 0; line = line[8:] {
				binary.LittleEndian.PutUint64(line, b.scales)
			}
		})
	}
}

func (b *fillBlock) random(data []byte, seed uint64) {
	for ; len(data) >= 8; data = data[8:] {
		seed += kernels.Golden
		binary.LittleEndian.PutUint64(data, kernels.Mix(seed)&b.and|b.or)
	}
	var last [8]byte
	binary.LittleEndian.PutUint64(last[:], kernels.Mix(seed+kernels.Golden)&b.and|b.or)
	copy(data, last[:])
}

// SyntheticFFN is a model of one layer of which only the feed-forward part
// matters: the rest is as small as can be.
func SyntheticFFN(c moe.Config, f kernels.Format, seed uint64, pool *hw.Pool) (*Model, error) {
	a := attention.GQA{Hidden: c.Hidden, Heads: 1, KVHeads: 1, HeadDim: 2}
	one := &Config{ID: "ffn", Vocab: 1, Hidden: c.Hidden, Layers: []Layer{{a, c}}}
	return Synthetic(one, UniformFormats(f), seed, Sampling{}, pool, nil)
}

// SyntheticAttention is a model of one layer of which only the attention matters.
func SyntheticAttention(a attention.Config, f kernels.Format, seed uint64, pool *hw.Pool) (*Model, error) {
	one := &Config{ID: "attention", Vocab: 1, Hidden: a.Width(), Layers: []Layer{{a, moe.Config{Hidden: a.Width(), Inter: 1}}}}
	return Synthetic(one, UniformFormats(f), seed, Sampling{}, pool, nil)
}
