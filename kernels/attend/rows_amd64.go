//go:build !purego

package attend

import (
	"unsafe"

	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func loadRowsAVX512BF16(load *RowLoad)

func init() { loadRows.Add(hw.AVX512BF16, loadRowsAVX512BF16) }

// rowTables make bf16 of 64 codes of FP8: the two bytes of every code's magnitude, and where the
// bytes of f32 come from: the low bytes count 0..63, the high ones 64..127.
type rowTables struct {
	high, low [128]byte
	floats    [4][64]byte // upper halves of f32 of 16 codes
	// What else is read a line at a time: which eighths of one VPUNPCKLBW takes and which
	// VPUNPCKHBW, in turn, and all but the sign of words; and the signs of 4 codes.
	turns      [8]uint64
	magnitudes [32]uint16
	signs      uint32
}

// rowBF16 is aligned: kernels read whole lines of it.
var rowBF16 = func() *rowTables {
	memory := make([]byte, unsafe.Sizeof(rowTables{})+63)
	t := (*rowTables)(unsafe.Pointer(&memory[-uintptr(unsafe.Pointer(&memory[0]))%64]))
	t.high, t.low = kernels.FP8AsBF16()
	last := kernels.BF16.Encode(480) // what other variants make of NaN
	t.high[127], t.low[127] = byte(last>>8), byte(last)
	for i := range 64 {
		t.floats[i/16][i%16*4+2], t.floats[i/16][i%16*4+3] = byte(i), byte(64+i)
	}
	t.turns, t.signs = [8]uint64{0, 4, 1, 5, 2, 6, 3, 7}, 0x80808080
	for i := range t.magnitudes {
		t.magnitudes[i] = 0x7fff
	}
	return t
}()
