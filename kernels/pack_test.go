package kernels

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"moebench/hw"
)

func heap(n int64) []byte { return make([]byte, n) }

func floats(n int) []float32 {
	x := make([]float32, n)
	state := uint32(9)
	for i := range x {
		state = state*1664525 + 1013904223
		x[i] = float32(int32(state)) / (1 << 29)
	}
	return x
}

// step is the largest error of quantising x in a block whose largest magnitude
// is amax: half a unit in the last place of the format at that scale.
func step(f Format, x, amax float64) float64 {
	switch f {
	case BF16:
		return math.Abs(x) * 0x1p-8
	case F16:
		return math.Abs(x)*0x1p-11 + 0x1p-25
	case FP8: // scale at most 2 amax/448: 3 mantissa bits, or half a subnormal step of 2^-9
		return math.Abs(x)*0x1p-4 + 2*amax/448*0x1p-10
	case MXFP4: // scale at most 2 amax/6: 1 mantissa bit, or half a step of 0.5
		return math.Abs(x)*0.25 + 2*amax/6*0.25
	case INT8: // the scale is rounded up by at most 2^-7
		return amax / 127 * (1 + 0x1p-7) / 2 * 1.0001
	}
	return 0
}

// TestPack packs every format from f32, at sizes that are no multiples of
// panels and blocks, and reads it back.
func TestPack(t *testing.T) {
	for _, f := range Formats() {
		for _, size := range [][2]int{{1, 1}, {16, 32}, {17, 33}, {40, 100}, {130, 300}} {
			rows, cols := size[0], size[1]
			x := floats(rows * cols)
			m := NewMatrix(heap, f, rows, cols)
			if m.Bytes() != f.Bytes(rows, cols) {
				t.Errorf("%s %v: %d bytes, Bytes says %d", f, size, m.Bytes(), f.Bytes(rows, cols))
			}
			if err := m.Pack(0, 1, FromFloats(x, rows, cols)); err != nil {
				t.Fatal(err)
			}
			row := make([]float32, cols)
			for r := range rows {
				m.Row(r, row)
				for c, got := range row {
					want := float64(x[r*cols+c])
					if math.Abs(float64(got)-want) > step(f, want, 4) {
						t.Fatalf("%s %v: element [%d %d] is %g, want %g", f, size, r, c, got, want)
					}
				}
			}
			checkPadding(t, m)
		}
	}
}

// checkPadding: rows and columns beyond the matrix hold code 0.
func checkPadding(t *testing.T, m *Matrix) {
	t.Helper()
	for p := range m.Panels() {
		panel := m.panel(p)
		for r := range PanelRows {
			for c := range m.Format.PadCols(m.Cols) {
				if p*PanelRows+r >= m.Rows || c >= m.Cols {
					_, codes, column := m.group(panel, c)
					if code := m.Format.code(codes, r, column); code != 0 {
						t.Fatalf("%s: padding [%d %d] of panel %d is %#x", m.Format, r, c, p, code)
					}
				}
			}
		}
	}
}

// stored is a source of random codes of a format.
func stored(f Format, rows, cols int) *Source {
	bytes := func(n int) []byte {
		b := make([]byte, n)
		for i, x := range floats(n) {
			b[i] = byte(int(x * 1000))
		}
		return b
	}
	s := &Source{Format: f, Rows: rows, Cols: cols, Data: bytes(rows * cols * f.Bits() / 8)}
	switch f {
	case FP8:
		for i := range s.Data {
			if s.Data[i]&0x7f == nanE4M3 {
				s.Data[i] = 1
			}
		}
		s.BlockScales = floats(blocks(rows) * blocks(cols))
	case MXFP4:
		s.Scales = bytes(rows * cols / QuantBlock)
		for i := range s.Scales {
			s.Scales[i] = 100 + s.Scales[i]%50
		}
	case INT8:
		for i := range rows * cols / QuantBlock {
			s.Scales = binary.LittleEndian.AppendUint16(s.Scales, uint16(BF16.Encode(1+float32(i%7))))
		}
	}
	return s
}

// TestPackKeepsCodes: the same format is copied, not converted; and two sources
// interleave.
func TestPackKeepsCodes(t *testing.T) {
	for _, f := range Formats() {
		a, b := stored(f, 40, 128), stored(f, 40, 128)
		slices.Reverse(b.Data)
		m := NewMatrix(heap, f, 96, 128)
		if err := m.Pack(0, 2, a); err != nil {
			t.Fatal(err)
		}
		if err := m.Pack(1, 2, b); err != nil {
			t.Fatal(err)
		}
		got, want := make([]float32, 128), make([]float32, 128)
		for which, src := range []*Source{a, b} {
			for r := range 40 {
				src.Row(r, want)
				m.Row((2*(r/PanelRows)+which)*PanelRows+r%PanelRows, got)
				for c := range want {
					if math.Float32bits(got[c]) != math.Float32bits(want[c]) && want[c] == want[c] {
						t.Fatalf("%s source %d: element [%d %d] is %g, want %g", f, which, r, c, got[c], want[c])
					}
				}
			}
		}
	}
}

// TestStrides reads a transposed matrix and every other row of one.
func TestStrides(t *testing.T) {
	x := floats(6 * 10)
	plain := FromFloats(x, 6, 10)
	transposed := &Source{Format: F32, Rows: 10, Cols: 6, Data: plain.Data, RowStride: 1, ColStride: 10}
	odd := &Source{Format: F32, Rows: 3, Cols: 10, Data: plain.Data[40:], RowStride: 20}
	for _, s := range []*Source{plain, transposed, odd} {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
	row := make([]float32, 10)
	transposed.Row(7, row)
	for c := range 6 {
		if row[c] != x[c*10+7] {
			t.Errorf("transposed [7 %d] is %g, want %g", c, row[c], x[c*10+7])
		}
	}
	if odd.Row(1, row); !slices.Equal(row, x[30:40]) {
		t.Errorf("row 1 of the odd ones is %v, want %v", row, x[30:40])
	}
}

// TestParts: a part of a part, either transposed or not, holds what it is called.
func TestParts(t *testing.T) {
	const rows, cols, outer, inner = 500, 300, 140, 130
	whole := stored(FP8, rows, cols)
	row, want := make([]float32, rows), make([][]float32, rows)
	for r := range want {
		want[r] = make([]float32, cols)
		whole.Row(r, want[r])
	}
	check := func(s *Source, at func(r, c int) float32) {
		t.Helper()
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		for r := range s.Rows {
			s.Row(r, row)
			for c, v := range row[:s.Cols] {
				if v != at(r, c) {
					t.Fatalf("element [%d %d] is %g, want %g", r, c, v, at(r, c))
				}
			}
		}
	}
	part := whole.Part(outer, rows-outer, cols, false)
	check(part.Part(inner, 20, cols, false), func(r, c int) float32 { return want[outer+inner+r][c] })
	check(part.Part(inner, cols, 20, true), func(r, c int) float32 { return want[outer+inner+c][r] })
	check(whole.Columns(inner, 20), func(r, c int) float32 { return want[r][inner+c] })
	turned := whole.Part(outer, cols, rows-outer, true)
	check(turned.Part(inner, 20, rows-outer, false), func(r, c int) float32 { return want[outer+c][inner+r] })
	check(turned.Part(inner, rows-outer, 20, true), func(r, c int) float32 { return want[outer+r][inner+c] })
}

func TestTable(t *testing.T) {
	for _, f := range []Format{F32, BF16, F16, MXFP4, INT8} {
		for cols, stride := range map[int]int{64: 0, 40: 64} { // 0 means columns
			x, size := floats(3*cols), max(stride, cols)
			s := &Source{Format: f, Rows: 3, Cols: cols, RowStride: stride, Data: make([]byte, 3*size*f.Bits()/8), Scales: make([]byte, 3*size/QuantBlock*2)}
			row := make([]float32, size)
			for r := range 3 {
				copy(row, x[r*cols:(r+1)*cols])
				s.SetRow(r, row)
			}
			for r := range 3 {
				s.Row(r, row)
				for c := range cols {
					if want := float64(x[r*cols+c]); math.Abs(float64(row[c])-want) > step(f, want, 4) {
						t.Fatalf("%s, stride %d: [%d %d] is %g, want %g", f, stride, r, c, row[c], want)
					}
				}
			}
		}
	}
}

func TestPackErrors(t *testing.T) {
	nan := stored(FP8, 16, 128)
	nan.Data[130] = 0xff
	scale := stored(MXFP4, 16, 64)
	scale.Scales[3] = 255
	for name, c := range map[string]struct {
		src  *Source
		want string
	}{
		"empty":       {&Source{Format: F32}, "want at least 1 x 1"},
		"short":       {&Source{Format: F32, Rows: 16, Cols: 128, Data: make([]byte, 100)}, "100 bytes of codes, want 8192"},
		"scales":      {&Source{Format: MXFP4, Rows: 16, Cols: 128, Data: make([]byte, 1024)}, "0 bytes of scales, want 64"},
		"ragged":      {&Source{Format: INT8, Rows: 1, Cols: 40, Data: make([]byte, 40), Scales: make([]byte, 8)}, "whole blocks"},
		"block scale": {&Source{Format: FP8, Rows: 16, Cols: 130, Data: make([]byte, 2080)}, "0 block scales, want 2"},
		"cols":        {FromFloats(floats(16), 16, 1), "does not fit"},
		"rows":        {FromFloats(floats(33*128), 33, 128), "does not fit"},
		"NaN code":    {nan, "element [1 2] is NaN"},
		"NaN scale":   {scale, "scale of element [1 32] is NaN"},
	} {
		cols := 128
		if name == "NaN scale" {
			cols = 64
		}
		err := NewMatrix(heap, c.src.Format, 32, cols).Pack(0, 1, c.src)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestSets(t *testing.T) {
	s := NewSet("test/set", func() string { return "ref" })
	s.Add(hw.AVX2, func() string { return "avx2" })
	s.Add(hw.AVX512BF16, func() string { return "bf16" })
	for isa, want := range map[hw.ISA]string{hw.Generic: "ref", hw.AVX2: "avx2", hw.AVX512: "avx2", hw.AVX512BF16: "bf16"} {
		if !isa.Supported() {
			continue
		}
		restore := Limit(isa)
		if got := s.Best()(); got != want {
			t.Errorf("limit %s: %s, want %s", isa, got, want)
		}
		restore()
	}
	restore := s.Force(func() string { return "forced" })
	if got := s.Best()(); got != "forced" {
		t.Errorf("forced: %s", got)
	}
	restore()
	if s.Name() != "test/set" || s.Variants()[0].ISA != hw.Generic {
		t.Errorf("%s %v", s.Name(), s.Variants())
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv(ISAVariable, "generic")
	if isa, err := EnvironmentISA(); isa != hw.Generic || err != nil {
		t.Errorf("%v %v", isa, err)
	}
	t.Setenv(ISAVariable, "sse9")
	if _, err := EnvironmentISA(); err == nil || !strings.Contains(err.Error(), "want one of generic") {
		t.Errorf("unknown tier: %v", err)
	}
	if err := CheckISA(hw.BestISA()); err != nil {
		t.Error(err)
	}
	if hw.BestISA() < hw.AVX512BF16 && CheckISA(hw.AVX512BF16) == nil {
		t.Error("a tier beyond the best one passes")
	}
}

// TestPairedFP8: the codes of two panels lie where the comment of Matrix has them.
func TestPairedFP8(t *testing.T) {
	const cols = 300
	x := floats(PairRows * cols)
	one, pair := NewMatrix(heap, FP8, PairRows, cols), NewMatrix(heap, FP8, PairRows, cols)
	one.Paired, pair.Paired = false, true
	for _, m := range []*Matrix{one, pair} {
		if err := m.Pack(0, 1, FromFloats(x, PairRows, cols)); err != nil {
			t.Fatal(err)
		}
	}
	_, scaleBytes := FP8.Group(cols)
	codes := pair.Data[2*scaleBytes:]
	for r := range PairRows {
		_, from, _ := one.group(one.panel(r/PanelRows), 0)
		for k := range FP8.PadCols(cols) {
			i := r % PanelRows
			at := k/4*2*LineBytes + r/PanelRows*LineBytes + 2*(8*(i/4)+k%4/2*4+i%4) + k%2
			if got, want := codes[at], FP8.code(from, i, k); uint32(got) != want {
				t.Fatalf("row %d, column %d: code %#x, want %#x", r, k, got, want)
			}
		}
	}
	if got, want := pair.Data[LineBytes:][:scaleBytes], one.panel(1)[:scaleBytes]; !slices.Equal(got, want) {
		t.Errorf("scales of the second panel are %v, want %v", got, want)
	}
}
