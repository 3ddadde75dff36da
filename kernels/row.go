package kernels

import (
	"encoding/binary"
	"fmt"
	"math"
)

// RowLayout says how one row of a cache is stored: the codes of its parts, one
// after the other, then their scales, filled up to a multiple of some bytes. It is
// comparable; NewRow makes it. A part without elements is absent.
type RowLayout struct {
	Parts [2]RowPart
	size  int
}

// RowPart is a run of elements stored alike. F32 and BF16 have no scales.
type RowPart struct {
	N      int
	Format Format    // F32, BF16, FP8 or MXFP4
	Block  int       // elements that share a scale
	Scale  ScaleKind // how it is stored
}

// ScaleKind is the form of a row's scales.
type ScaleKind uint8

const (
	NoScale    ScaleKind = iota
	PowerScale           // ue8m0: a power of two, one byte
	FloatScale           // f32
)

// NewRow is a row of one or two parts, filled up to a multiple of align bytes.
func NewRow(align int, parts ...RowPart) RowLayout {
	var r RowLayout
	copy(r.Parts[:], parts)
	for _, p := range r.Parts {
		r.size += p.Codes() + p.ScaleBytes()
	}
	r.size = roundUp(r.size, align)
	return r
}

// PlainRow is a row of n elements of one unscaled format.
func PlainRow(f Format, n int) RowLayout { return NewRow(1, RowPart{N: n, Format: f}) }

// Codes is the size of the part's codes in bytes.
func (p RowPart) Codes() int { return p.N * p.Format.Bits() / 8 }

// scales is the number of scales.
func (p RowPart) scales() int {
	if p.Scale == NoScale {
		return 0
	}
	return roundUp(p.N, p.Block) / p.Block
}

// ScaleBytes is the size of the part's scales.
func (p RowPart) ScaleBytes() int {
	if p.Scale == FloatScale {
		return 4 * p.scales()
	}
	return p.scales()
}

// N is the number of elements of a row.
func (r RowLayout) N() int { return r.Parts[0].N + r.Parts[1].N }

// Bytes is the size of a row.
func (r RowLayout) Bytes() int { return r.size }

// Row is the stored form of row i of data. Kernels ask row by row: the layout is not copied.
func (r *RowLayout) Row(data []byte, i int) []byte { return data[i*r.size : (i+1)*r.size] }

// String names the formats, such as "fp8+bf16".
func (r RowLayout) String() string {
	if r.Parts[1].N == 0 {
		return r.Parts[0].Format.String()
	}
	return fmt.Sprintf("%s+%s", r.Parts[0].Format, r.Parts[1].Format)
}

// Each calls visit with the codes and the encoded scales of every part.
func (r RowLayout) Each(row []byte, visit func(p RowPart, codes, scales []byte)) {
	scales := row[r.Parts[0].Codes()+r.Parts[1].Codes():]
	for _, p := range r.Parts {
		if p.N > 0 {
			visit(p, row[:p.Codes()], scales[:p.ScaleBytes()])
		}
		row, scales = row[p.Codes():], scales[p.ScaleBytes():]
	}
}

// scaleAt decodes scale i of a part.
func (p RowPart) scaleAt(scales []byte, i int) float32 {
	if p.Scale == PowerScale {
		return math.Float32frombits(uint32(scales[i]) << 23)
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(scales[4*i:]))
}

// Scales decodes a part's scales into dst and returns them.
func (p RowPart) Scales(dst []float32, scales []byte) []float32 {
	dst = dst[:p.scales()]
	for i := range dst {
		dst[i] = p.scaleAt(scales, i)
	}
	return dst
}

// Encode stores x [N]. Blocks are scaled so that their largest magnitude fits
// the format: by amax/top, or the next power of two (deepseek act_quant); amax
// counts as at least the floor of the published kernels. All of a block with NaN or Inf is read
// as NaN: it is zeros, whose scale is NaN or, as kernels read the ue8m0 of NaN, infinite.
func (r RowLayout) Encode(row []byte, x []float32) {
	r.Each(row, func(p RowPart, codes, scales []byte) {
		for b := 0; b < p.N; b += max(p.Block, 1) {
			block := x[b:min(b+max(p.Block, 1), p.N)]
			scale := p.setScale(scales, b, maxAbs(block))
			if !(scale <= math.MaxFloat32) {
				clear(codes[b*p.Format.Bits()/8:][:len(block)*p.Format.Bits()/8])
				continue
			}
			for i, v := range block {
				p.Format.put(codes, b+i, p.Format.Encode(v/scale))
			}
		}
		x = x[p.N:]
	})
}

// The smallest amax the published quantisers assume.
const (
	floorFP8   = 1e-4
	floorMXFP4 = 6 * 0x1p-126
)

// setScale chooses and stores the scale of the block that begins at element b.
func (p RowPart) setScale(scales []byte, b int, amax float32) float32 {
	if p.Scale == NoScale {
		return 1
	}
	i, top := b/p.Block, float32(maxE4M3)
	if p.Format == MXFP4 {
		top, amax = maxE2M1, max(amax, floorMXFP4)
	} else {
		amax = max(amax, floorFP8)
	}
	if p.Scale == PowerScale {
		scales[i] = powerScale(amax, top)
		return decodeUE8M0(scales[i])
	}
	scale := amax / top
	binary.LittleEndian.PutUint32(scales[4*i:], math.Float32bits(scale))
	return scale
}

// At is the code of element i.
func (p RowPart) At(codes []byte, i int) uint32 { return p.Format.at(codes, i) }

// Decode is the inverse of Encode: the readable reference of what kernels read.
func (r RowLayout) Decode(x []float32, row []byte) {
	r.Each(row, func(p RowPart, codes, scales []byte) {
		p.Decode(x[:p.N], codes, scales)
		x = x[p.N:]
	})
}

// Decode decodes the first len(x) elements of a part.
func (p RowPart) Decode(x []float32, codes, scales []byte) {
	for i := range x {
		x[i] = p.Format.Decode(p.At(codes, i))
		if p.Scale != NoScale {
			x[i] *= p.scaleAt(scales, i/p.Block)
		}
	}
}

// FillPattern is what random bits become when rows are made up: bits&and|or, the
// codes finite and of similar size, the scales near 1. Both have a period of
// whole rows and whole 8-byte words.
func (r RowLayout) FillPattern() (and, or []byte) {
	size := r.Bytes()
	n := size
	for n%8 != 0 {
		n += size
	}
	and, or = make([]byte, n), make([]byte, n)
	for at := 0; at < n; at += size {
		o := or[at : at+size]
		r.Each(and[at:at+size], func(p RowPart, codes, scales []byte) {
			mask, set := p.Format.Pattern()
			for i := range codes {
				codes[i], o[i] = byte(mask>>(i%8*8)), byte(set>>(i%8*8))
			}
			o = o[len(codes):]
		})
		r.Each(or[at:at+size], func(p RowPart, _, scales []byte) {
			for b := 0; b < p.N; b += max(p.Block, 1) {
				if p.Scale == PowerScale {
					scales[b/p.Block] = 127
				} else if p.Scale == FloatScale {
					binary.LittleEndian.PutUint32(scales[b/p.Block*4:], math.Float32bits(1))
				}
			}
		})
	}
	return and, or
}

// RoundTrip replaces x [N] by what would be read after storing it; row is
// scratch of Bytes.
func (r RowLayout) RoundTrip(x []float32, row []byte) {
	r.Encode(row, x)
	r.Decode(x, row)
}
