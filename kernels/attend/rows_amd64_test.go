//go:build !purego

package attend

import (
	"testing"
	"unsafe"

	"moebench/kernels"
)

// TestRowTables puts bytes together as kernels do, of codes in the order of a line: they are
// bf16 of all magnitudes, and of their doubles.
func TestRowTables(t *testing.T) {
	if uintptr(unsafe.Pointer(rowBF16))%64 != 0 {
		t.Fatal("not aligned")
	}
	for odd, m := range rowBF16.magnitudes {
		for line := 0; line < 128; line += 64 {
			for i := range 64 {
				c := line + i
				bytes := append(append([]byte{}, m.low[line:][:64]...), m.high[line:][:64]...)
				words, floats := rowBF16.words[i/32][i%32*2:], rowBF16.floats[i/16][i%16*4:]
				got := uint32(bytes[words[0]]) | uint32(bytes[words[1]])<<8
				want := kernels.FP8.Decode(uint32(c)) * float32(1+odd)
				if c == 0x7f {
					want = 480 * float32(1+odd)
				}
				if kernels.BF16.Decode(got) != want || bytes[floats[2]] != bytes[words[0]] || bytes[floats[3]] != bytes[words[1]] {
					t.Errorf("code %#x: %g, want %g", c, kernels.BF16.Decode(got), want)
				}
			}
		}
	}
}
