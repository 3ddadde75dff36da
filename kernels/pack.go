package kernels

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Pack stores src in panels first, first+step, first+2*step, ... of m. A step
// of 2 interleaves the panels of two matrices, which is how gate and up are
// kept: each pair of panels is then one call of a kernel.
//
// Where src has m's format its codes and scales are kept as they are;
// otherwise every row is decoded and quantised anew. FP8 codes that are NaN and
// ue8m0 scales that are NaN are errors: kernels do not look for them.
func (m *Matrix) Pack(first, step int, src *Source) error {
	if err := src.Check(); err != nil {
		return err
	}
	panels := roundUp(src.Rows, PanelRows) / PanelRows
	if src.Cols != m.Cols || first+(panels-1)*step >= m.Panels() {
		return fmt.Errorf("%d x %d does not fit panels %d, %d, ... of a %d x %d matrix", src.Rows, src.Cols, first, first+step, m.Rows, m.Cols)
	}
	if src.Format != m.Format {
		src = m.Format.quantise(src)
	}
	panel := make([]byte, m.PanelBytes())
	for p := range panels {
		clear(panel)
		rows := min(PanelRows, src.Rows-p*PanelRows)
		for r := range rows {
			if err := m.packRow(panel, r, src, p*PanelRows+r); err != nil {
				return err
			}
		}
		m.SetPanel(first+p*step, panel)
	}
	return nil
}

// packRow copies row from of src to row r of a panel.
func (m *Matrix) packRow(panel []byte, r int, src *Source, from int) error {
	columns, scaleBytes := m.Format.Group(m.Cols)
	groupBytes := scaleBytes + m.Format.codeBytes(columns)
	for c := range src.Cols {
		codes, column := panel[c/columns*groupBytes+scaleBytes:], c%columns
		code := src.code(from, c)
		if m.Format == FP8 && code&0x7f == nanE4M3 {
			return fmt.Errorf("element [%d %d] is NaN: kernels take finite e4m3 only", from, c)
		}
		m.Format.setCode(codes, r, column, code)
	}
	switch m.Format {
	case FP8:
		for c := 0; c < src.Cols; c += FP8Block {
			if first := src.blockScale(from-r, c); first != src.blockScale(from, c) {
				return fmt.Errorf("rows %d and %d share a panel, but not a block of %d: pack them as another format", from-r, from, FP8Block)
			}
			scales, _, column := m.group(panel, c)
			binary.LittleEndian.PutUint32(scales[column/FP8Block*4:], math.Float32bits(src.blockScale(from, c)))
		}
	case MXFP4:
		for c := 0; c < src.Cols; c += QuantBlock {
			scale := src.scaleCode(from, c)
			if scale == 255 {
				return fmt.Errorf("scale of element [%d %d] is NaN: kernels take finite ue8m0 only", from, c)
			}
			scales, _, column := m.group(panel, c)
			scales[column/QuantBlock*PanelRows+r] = byte(scale)
		}
	case INT8:
		for c := 0; c < src.Cols; c += QuantBlock {
			scales, _, column := m.group(panel, c)
			binary.LittleEndian.PutUint16(scales[(column/QuantBlock*PanelRows+r)*2:], uint16(src.scaleCode(from, c)))
		}
	}
	return nil
}

// FromFloats wraps row-major f32 rows as a source.
func FromFloats(x []float32, rows, cols int) *Source {
	data := make([]byte, len(x)*4)
	for i, v := range x {
		binary.LittleEndian.PutUint32(data[i*4:], math.Float32bits(v))
	}
	return &Source{Format: F32, Rows: rows, Cols: cols, Data: data}
}

// quantise converts a source to format f, row-major. Columns are padded with
// zeros to whole blocks where f needs them: Cols stays, the stride grows.
func (f Format) quantise(src *Source) *Source {
	stride := roundUp(src.Cols, QuantBlock)
	out := &Source{Format: f, Rows: src.Rows, Cols: src.Cols, RowStride: stride}
	out.Data = make([]byte, src.Rows*stride*f.Bits()/8)
	out.Scales = make([]byte, src.Rows*stride/QuantBlock*f.rowScale())
	row := make([]float32, stride)
	if f == FP8 {
		out.BlockScales = fp8BlockScales(src, row)
	}
	for r := range src.Rows {
		src.Row(r, row)
		out.encodeRow(r, row)
	}
	return out
}

// encodeRow quantises one row of floats into row r; FP8's scales are given.
func (s *Source) encodeRow(r int, row []float32) {
	encode := formats[s.Format].encode
	stride, _ := s.strides()
	for b := 0; b < len(row); b += QuantBlock {
		scale, block := float32(1), row[b:b+QuantBlock]
		at := (r*stride + b) / QuantBlock
		switch s.Format {
		case FP8:
			if b < s.Cols {
				scale = s.blockScale(r, b)
			}
		case MXFP4:
			s.Scales[at] = powerScale(maxAbs(block), maxE2M1)
			scale = decodeUE8M0(s.Scales[at])
		case INT8:
			code := bf16Scale(maxAbs(block) / 127)
			binary.LittleEndian.PutUint16(s.Scales[at*2:], code)
			if code != 0 {
				scale = decodeBF16(uint32(code))
			}
		}
		for i, v := range block {
			s.Format.put(s.Data, r*stride+b+i, encode(v/scale))
		}
	}
}

// fp8BlockScales finds the power-of-two scale of every 128x128 block.
func fp8BlockScales(src *Source, row []float32) []float32 {
	scales := make([]float32, blocks(src.Rows)*blocks(src.Cols))
	for r := range src.Rows {
		src.Row(r, row)
		for c := 0; c < src.Cols; c += FP8Block {
			at := r/FP8Block*blocks(src.Cols) + c/FP8Block
			scales[at] = max(scales[at], maxAbs(row[c:min(c+FP8Block, src.Cols)]))
		}
	}
	for i, amax := range scales {
		scales[i] = decodeUE8M0(powerScale(amax, maxE4M3))
	}
	return scales
}

func maxAbs(x []float32) float32 {
	var m float32
	for _, v := range x {
		m = max(m, v, -v)
	}
	return m
}
