//go:build !purego

package matmul

import (
	"testing"

	"moebench/kernels"
)

// TestFP8Tables: what is looked up and joined with the sign is the code's value.
func TestFP8Tables(t *testing.T) {
	for code := range uint32(256) {
		high, low := uint32(fp8BF16.high[code&0x7f])|code&0x80, uint32(fp8BF16.low[code&0x7f])
		got, want := kernels.BF16.Decode(high<<8|low), kernels.FP8.Decode(code)
		if got != want && want == want {
			t.Errorf("code %#x: %g, want %g", code, got, want)
		}
	}
}
