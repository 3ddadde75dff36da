//go:build !purego

package attend

import (
	"unsafe"

	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func loadRowsAVX512BF16(dst []uint16, data []byte, ids []int32, n, pitch int, s *rowShape)

func init() { loadRows.Add(hw.AVX512BF16, loadRowsAVX512BF16) }

// rowTables make bf16 of 64 codes of FP8: the two bytes of every code's magnitude, and where the
// bytes of f32 come from: the low bytes count 0..63, the high ones 64..127.
type rowTables struct {
	high, low [128]byte
	floats    [4][64]byte // upper halves of f32 of 16 codes
}

// rowBF16 is aligned: kernels read whole lines of it.
var rowBF16 = func() *rowTables {
	memory := make([]byte, unsafe.Sizeof(rowTables{})+63)
	t := (*rowTables)(unsafe.Pointer(&memory[-uintptr(unsafe.Pointer(&memory[0]))%64]))
	for c := range t.high {
		v := kernels.FP8.Decode(uint32(c))
		if v != v {
			v = 480 // what other variants make of it
		}
		b := kernels.BF16.Encode(v)
		t.high[c], t.low[c] = byte(b>>8), byte(b)
	}
	for i := range 64 {
		t.floats[i/16][i%16*4+2], t.floats[i/16][i%16*4+3] = byte(i), byte(64+i)
	}
	return t
}()
