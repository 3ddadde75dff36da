//go:build !purego

package attend

import (
	"testing"
	"unsafe"

	"moebench/kernels"
)

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
