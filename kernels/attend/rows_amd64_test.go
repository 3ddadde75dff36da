//go:build !purego

package attend

import (
	"testing"
	"unsafe"

	"moebench/hw"
	"moebench/kernels"
)

// TestRowLoad: Go begins a load at a line of the cache, where its factors are, and assembly knows
// which of a row's lines only add to exponents, and that there is no row to fetch.
func TestRowLoad(t *testing.T) {
	if kernels.LimitISA() < hw.AVX512BF16 {
		t.Skip("references alone")
	}
	layout := layouts()["v4"]
	data, dim := make([]byte, layout.Bytes()), Dim(layout)
	layout.Encode(data, make([]float32, layout.N()))
	s := NewState(1, dim)
	s.AddLatents(make([]float32, PadQueries(1)*dim), &Latents{layout, data}, nil, 0, 1, nil)
	load := s.pairs.load
	if uintptr(unsafe.Pointer(&load.factors))%64 != 0 || unsafe.Sizeof(*load)%64 != 0 {
		t.Error("not aligned")
	}
	if load.powersEnd != load.shape.codesEnd || load.later != 0 {
		t.Error(load.powersEnd, load.later)
	}
}

// TestRowTables puts bytes together as kernels do, of codes in the order of a line: they are
// bf16, and the upper halves of f32, of all magnitudes.
func TestRowTables(t *testing.T) {
	if uintptr(unsafe.Pointer(rowBF16))%64 != 0 {
		t.Fatal("not aligned")
	}
	for line := 0; line < 128; line += 64 {
		for i := range 64 {
			c := line + i
			want := kernels.FP8.Decode(uint32(c))
			if c == 0x7f {
				want = 480
			}
			got := uint32(rowBF16.low[c]) | uint32(rowBF16.high[c])<<8
			bytes := append(append([]byte{}, rowBF16.low[line:][:64]...), rowBF16.high[line:][:64]...)
			upper := rowBF16.floats[i/16][i%16*4+2:]
			if kernels.BF16.Decode(got) != want || uint32(bytes[upper[0]])|uint32(bytes[upper[1]])<<8 != got {
				t.Errorf("code %#x: %g, want %g", c, kernels.BF16.Decode(got), want)
			}
		}
	}
}
