package kernels

import (
	"encoding/binary"
	"fmt"
)

// Source is a weight matrix row-major, as checkpoints store it and as
// embedding tables are looked up.
type Source struct {
	Format     Format
	Rows, Cols int
	// Data holds the codes: element (r, c) is number r*RowStride + c*ColStride.
	// MXFP4 has two a byte, the even one in the low nibble, and ColStride 1.
	Data                 []byte
	RowStride, ColStride int // in elements; 0 means Cols and 1
	// Scales has one scale per 32 elements in the order of Data: ue8m0 bytes
	// (MXFP4) or bf16 (INT8).
	Scales []byte
	// BlockScales [ceil(Rows/128)][ceil(Cols/128)] are FP8's.
	BlockScales []float32

	part *part // nil for a whole matrix
}

// part places a source in the one it is a part of, whose block scales it has.
type part struct {
	of         *Source
	first      int // row
	transposed bool
}

// Part is rows [first, first+n) of a matrix, as a matrix of rows x cols: n is
// rows, or cols if it is transposed.
func (s *Source) Part(first, rows, cols int, transposed bool) *Source {
	if first == 0 && rows == s.Rows && cols == s.Cols && !transposed {
		return s
	}
	row, col := s.strides()
	p := *s
	p.Rows, p.Cols, p.RowStride, p.ColStride = rows, cols, row, col
	if transposed {
		p.RowStride, p.ColStride = col, row
	}
	p.Data = s.Data[first*row*s.Format.Bits()/8:]
	p.Scales = s.Scales[first*row/QuantBlock*s.Format.rowScale():]
	p.part = &part{s, first, transposed}
	return &p
}

// Columns is columns [first, first+n) of a matrix: rows of what it is transposed.
func (s *Source) Columns(first, n int) *Source {
	return s.Part(0, s.Cols, s.Rows, true).Part(first, s.Rows, n, true)
}

func (s *Source) strides() (row, col int) {
	row, col = s.RowStride, s.ColStride
	if row == 0 {
		row = s.Cols
	}
	if col == 0 {
		col = 1
	}
	return row, col
}

// Check reports a source whose slices are too short for its shape, or whose
// codes have no meaning to kernels.
func (s *Source) Check() error {
	row, col := s.strides()
	if s.Rows < 1 || s.Cols < 1 {
		return fmt.Errorf("matrix of %d x %d: want at least 1 x 1", s.Rows, s.Cols)
	}
	elements := (s.Rows-1)*row + (s.Cols-1)*col + 1
	if need := (elements*s.Format.Bits() + 7) / 8; len(s.Data) < need {
		return fmt.Errorf("%s matrix of %d x %d: %d bytes of codes, want %d", s.Format, s.Rows, s.Cols, len(s.Data), need)
	}
	scales := s.Format.rowScale() * (roundUp(elements, QuantBlock) / QuantBlock)
	if len(s.Scales) < scales {
		return fmt.Errorf("%s matrix of %d x %d: %d bytes of scales, want %d", s.Format, s.Rows, s.Cols, len(s.Scales), scales)
	}
	if s.Format.rowScale() > 0 && (s.Cols%QuantBlock != 0 || col != 1) {
		return fmt.Errorf("%s matrix of %d columns: want whole blocks of %d side by side", s.Format, s.Cols, QuantBlock)
	}
	if s.Format == FP8 {
		want := s.blockAt(s.Rows-1, s.Cols-1) + 1
		if len(s.BlockScales) < want {
			return fmt.Errorf("fp8 matrix of %d x %d: %d block scales, want %d", s.Rows, s.Cols, len(s.BlockScales), want)
		}
	}
	return nil
}

func blocks(n int) int { return roundUp(n, FP8Block) / FP8Block }

// code is element (r, c).
func (s *Source) code(r, c int) uint32 {
	row, col := s.strides()
	return s.Format.at(s.Data, r*row+c*col)
}

// scaleCode is the stored scale of element (r, c) of a format with one per 32.
func (s *Source) scaleCode(r, c int) uint32 {
	row, _ := s.strides()
	i := (r*row + c) / QuantBlock
	if s.Format == MXFP4 {
		return uint32(s.Scales[i])
	}
	return uint32(binary.LittleEndian.Uint16(s.Scales[i*2:]))
}

func (s *Source) blockScale(r, c int) float32 {
	return s.BlockScales[s.blockAt(r, c)]
}

// blockAt is the index of the block element (r, c) lies in.
func (s *Source) blockAt(r, c int) int {
	if p := s.part; p != nil {
		if p.transposed {
			r, c = c, r
		}
		return p.of.blockAt(p.first+r, c)
	}
	return r/FP8Block*blocks(s.Cols) + c/FP8Block
}

// Row decodes row r into dst [Cols].
func (s *Source) Row(r int, dst []float32) {
	decode := formats[s.Format].decode
	for c := range dst[:s.Cols] {
		dst[c] = decode(s.code(r, c))
	}
	switch s.Format {
	case FP8:
		for c := range dst[:s.Cols] {
			dst[c] *= s.blockScale(r, c)
		}
	case MXFP4:
		for c := range dst[:s.Cols] {
			dst[c] *= decodeUE8M0(byte(s.scaleCode(r, c)))
		}
	case INT8:
		for c := range dst[:s.Cols] {
			dst[c] *= decodeBF16(s.scaleCode(r, c))
		}
	}
}

// SetRow encodes row [RowStride], zero beyond Cols, as row r of a table whose
// block scales, if any, are set.
func (s *Source) SetRow(r int, row []float32) { s.encodeRow(r, row) }
