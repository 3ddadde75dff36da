package kernels

import (
	"encoding/binary"
	"math"
)

// PanelRows is the number of matrix rows that are interleaved into one panel:
// one 64-byte register of float32 results. Kernels multiply two panels at once.
const (
	PanelRows = 16
	PairRows  = 2 * PanelRows
)

// Matrix is a weight matrix W [Rows, Cols], y = W x, in the order kernels read it.
//
// Rows are cut into panels of 16, an even number of them. A panel is a sequence of 64-byte
// lines, each holding a few consecutive columns of all 16 rows, so that a kernel reads
// memory once, front to back, and finds one row per 32-bit lane:
//
//	F32    line = 1 column:   lane r = W[r][k]
//	BF16   line = 2 columns:  lane r = W[r][k] | W[r][k+1]<<16
//	F16    line = 2 columns:  16 halves of column k, 16 halves of column k+1
//	FP8    line = 4 columns:  16-bit word i = W[i%16][k+i/16] | W[i%16][k+2+i/16]<<8
//	INT8   line = 4 columns:  lane r = 4 bytes W[r][k..k+3]
//	MXFP4  line = 8 columns:  lane r = 4 bytes, low nibbles k..k+3, high nibbles k+4..k+7
//
// Scales: FP8 one f32 per 128 columns (all 16 rows lie in one 128x128 block); MXFP4 16 ue8m0
// bytes per 32 columns; INT8 16 bf16 per 32. They lie in the same stream, whole lines of
// them before the columns they belong to: a line before every 128 columns of MXFP4 and every
// 64 of INT8, all of the panel's in front with FP8. Two streams, one of them a sixteenth of
// the other, cost an AMD Zen 5 a sixth of what it reads, with or without prefetch.
//
// Panels lie one after the other or, where the kernels of the tier want that, in pairs: a line
// of the first, a line of the second, and so on. Memory is then read in the order of its
// addresses from one end of a matrix to the other: two streams that jump with every pair of
// panels cost an AMD Zen 5 10 % of what it reads with 4096 columns, and 35 % with 768.
// FP8 then has another order within lines, which two unpacking instructions find columns in:
//
//	FP8    line = 4 columns:  16-bit word 8*(i/4) + 4*h + i%4 = W[i][k+2h] | W[i][k+2h+1]<<8
//
// Rows and columns beyond the matrix are zero.
type Matrix struct {
	Format     Format
	Rows, Cols int
	Paired     bool   // lines of panels 2i and 2i+1 alternate
	Data       []byte // [Panels][PanelBytes]
}

// NewMatrix takes memory for a packed matrix from alloc, which must return
// zeroed, 64-byte-aligned blocks. It lies as the kernels of the tier in use read it.
func NewMatrix(alloc func(bytes int64) []byte, f Format, rows, cols int) *Matrix {
	m := &Matrix{Format: f, Rows: rows, Cols: cols, Paired: f.Paired()}
	m.Data = alloc(int64(m.Panels()) * int64(f.PanelBytes(cols)))
	return m
}

// Panels is the number of 16-row panels.
func (m *Matrix) Panels() int { return roundUp(m.Rows, PairRows) / PanelRows }

// Bytes is what one product with the matrix reads.
func (m *Matrix) Bytes() int64 { return int64(len(m.Data)) }

// PanelBytes is what a panel takes.
func (m *Matrix) PanelBytes() int { return len(m.Data) / m.Panels() }

// Span returns panels [p0, p1), both even.
func (m *Matrix) Span(p0, p1 int) []byte {
	n := m.PanelBytes()
	return m.Data[p0*n : p1*n]
}

// Part is the matrix of panels [p0, p1), both even and whole ones, in the same memory.
func (m *Matrix) Part(p0, p1 int) *Matrix {
	return &Matrix{Format: m.Format, Rows: (p1 - p0) * PanelRows, Cols: m.Cols, Paired: m.Paired, Data: m.Span(p0, p1)}
}

// Pairs returns panels [p0, p1), both even, in pairs or one after the other: the matrix's
// memory if it lies so, and otherwise a copy in the buffer, which grows.
func (m *Matrix) Pairs(p0, p1 int, paired bool, buffer *[]byte) []byte {
	if paired == m.Paired {
		return m.Span(p0, p1)
	}
	other := Matrix{Format: m.Format, Rows: (p1 - p0) * PanelRows, Cols: m.Cols, Paired: paired}
	other.Data = Grow(*buffer, (p1-p0)*m.PanelBytes())
	*buffer = other.Data
	for p := p0; p < p1; p++ {
		from, step := m.lines(p)
		other.setPanel(p-p0, from, step)
	}
	return other.Data
}

// lines returns the memory from the first line of panel p on, and how far apart its lines are.
func (m *Matrix) lines(p int) (memory []byte, step int) {
	n := m.PanelBytes()
	if m.Paired {
		return m.Data[p/2*2*n+p%2*LineBytes:], 2 * LineBytes
	}
	return m.Data[p*n:], LineBytes
}

// panel is panel p with its lines one after the other: the matrix's memory or a copy.
func (m *Matrix) panel(p int) []byte {
	var buffer []byte
	n := m.PanelBytes()
	return m.Pairs(p&^1, p&^1+2, false, &buffer)[p%2*n:][:n]
}

// SetPanel stores panel p, whose lines are given one after the other.
func (m *Matrix) SetPanel(p int, panel []byte) { m.setPanel(p, panel, LineBytes) }

// setPanel stores panel p, whose lines are so far apart: those of pairs are further.
func (m *Matrix) setPanel(p int, from []byte, fromStep int) {
	to, step := m.lines(p)
	plain := m.PanelBytes() / LineBytes // lines that are copied as they are, before others
	if m.Format == FP8 && (fromStep > LineBytes) != m.Paired {
		_, scaleBytes := m.Format.Group(m.Cols)
		plain = scaleBytes / LineBytes
	}
	for i := range m.PanelBytes() / LineBytes {
		if to, from := to[i*step:][:LineBytes], from[i*fromStep:]; i < plain {
			copy(to, from)
		} else {
			reorder(to, from, m.Paired)
		}
	}
}

// reorder copies a line of FP8 codes from the order of single panels to that of pairs (to
// paired), or back. Either way the low bytes of the 8 words of four rows are those of their
// first 8 bytes there, the high ones those of the other 8.
func reorder(to, from []byte, paired bool) {
	const low = 0x00ff00ff00ff00ff
	for i := range 4 {
		here, there := [2]int{8 * i, 8 * (i + 4)}, [2]int{8 * 2 * i, 8 * (2*i + 1)}
		if !paired {
			here, there = there, here
		}
		a, b := binary.LittleEndian.Uint64(from[here[0]:]), binary.LittleEndian.Uint64(from[here[1]:])
		binary.LittleEndian.PutUint64(to[there[0]:], a&low|b&low<<8)
		binary.LittleEndian.PutUint64(to[there[1]:], a>>8&low|b&^low)
	}
}

// group returns the scales and codes that column k of a panel is among, and which of their
// columns it is.
func (m *Matrix) group(panel []byte, k int) (scales, codes []byte, column int) {
	columns, scaleBytes := m.Format.Group(m.Cols)
	at := k / columns * (scaleBytes + m.Format.codeBytes(columns))
	return panel[at:][:scaleBytes], panel[at+scaleBytes:], k % columns
}

// Scales calls do with every line of scales of panel p, from front to back.
func (m *Matrix) Scales(p int, do func(line []byte)) {
	columns, scaleBytes := m.Format.Group(m.Cols)
	group := (scaleBytes + m.Format.codeBytes(columns)) / LineBytes
	memory, step := m.lines(p)
	for first := 0; scaleBytes > 0 && first < m.PanelBytes()/LineBytes; first += group {
		for i := range scaleBytes / LineBytes {
			do(memory[(first+i)*step:][:LineBytes])
		}
	}
}

// Row decodes row r into dst [Cols].
func (m *Matrix) Row(r int, dst []float32) {
	panel, r, decode := m.panel(r/PanelRows), r%PanelRows, formats[m.Format].decode
	for k := range dst[:m.Cols] {
		scales, codes, column := m.group(panel, k)
		dst[k] = decode(m.Format.code(codes, r, column)) * m.Format.scale(scales, r, column)
	}
}

// code reads the element of row r (0..15) and column k of a group.
func (f Format) code(codes []byte, r, k int) uint32 {
	switch f {
	case F32:
		return binary.LittleEndian.Uint32(codes[k*64+r*4:])
	case BF16:
		return uint32(binary.LittleEndian.Uint16(codes[k/2*64+r*4+k%2*2:]))
	case F16:
		return uint32(binary.LittleEndian.Uint16(codes[k/2*64+k%2*32+r*2:]))
	case FP8:
		return uint32(codes[k/4*64+k%2*32+r*2+k/2%2])
	case INT8:
		return uint32(codes[k/4*64+r*4+k%4])
	default: // MXFP4
		return uint32(codes[k/8*64+r*4+k%4]) >> (k / 4 % 2 * 4) & 15
	}
}

// setCode is the inverse of code; the nibble written must be zero before.
func (f Format) setCode(codes []byte, r, k int, c uint32) {
	switch f {
	case F32:
		binary.LittleEndian.PutUint32(codes[k*64+r*4:], c)
	case BF16:
		binary.LittleEndian.PutUint16(codes[k/2*64+r*4+k%2*2:], uint16(c))
	case F16:
		binary.LittleEndian.PutUint16(codes[k/2*64+k%2*32+r*2:], uint16(c))
	case FP8:
		codes[k/4*64+k%2*32+r*2+k/2%2] = byte(c)
	case INT8:
		codes[k/4*64+r*4+k%4] = byte(c)
	default: // MXFP4
		codes[k/8*64+r*4+k%4] |= byte(c) << (k / 4 % 2 * 4)
	}
}

// scale is the factor of row r and column k of a group.
func (f Format) scale(scales []byte, r, k int) float32 {
	switch f {
	case FP8:
		return math.Float32frombits(binary.LittleEndian.Uint32(scales[k/FP8Block*4:]))
	case MXFP4:
		return decodeUE8M0(scales[k/QuantBlock*PanelRows+r])
	case INT8:
		return decodeBF16(uint32(binary.LittleEndian.Uint16(scales[(k/QuantBlock*PanelRows+r)*2:])))
	}
	return 1
}
