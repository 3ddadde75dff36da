//go:build !purego

package matmul

import (
	"testing"

	"moebench/kernels"
)

// TestFP8Tables: a line of a panel, looked up and interleaved, is what a BF16 panel has of
// the same columns.
func TestFP8Tables(t *testing.T) {
	for from := range 4 { // 256 codes are 4 lines
		var line, high, low [64]byte
		for i := range line {
			line[i] = byte(64*from + i)
			high[i], low[i] = fp8BF16.high[line[i]&0x7f]|line[i]&0x80, fp8BF16.low[line[i]&0x7f]
		}
		both := append(low[:], high[:]...)
		for k := range 4 {
			order := [...][64]byte{fp8BF16.first, fp8BF16.last}[k/2]
			for r := range kernels.PanelRows {
				at := 4*r + k%2*2
				got := kernels.BF16.Decode(uint32(both[order[at]]) | uint32(both[order[at+1]])<<8)
				want := kernels.FP8.Decode(uint32(line[k%2*32+r*2+k/2]))
				if got != want && want == want {
					t.Errorf("line %d, row %d, column %d: %g, want %g", from, r, k, got, want)
				}
			}
		}
	}
}
