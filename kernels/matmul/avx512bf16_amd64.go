//go:build !purego

package matmul

import (
	"unsafe"

	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func bf16AVX512BF16Few(c *Call)

//go:noescape
func bf16AVX512BF16(c *Call)

//go:noescape
func fp8AVX512BF16(c *Call)

//go:noescape
func roundAVX512BF16(dst []uint16, x []float32, stride int)

func init() {
	sets[kernels.BF16].Add(hw.AVX512BF16, Kernel{Run: fewOrMany(bf16AVX512BF16Few, bf16AVX512BF16), Reads: kernels.ActBF16, Paired: true})
	sets[kernels.FP8].Add(hw.AVX512BF16, Kernel{Run: fp8AVX512BF16, Reads: kernels.ActBF16, Paired: true})
	round.Add(hw.AVX512BF16, roundAVX512BF16)
}

// fp8Tables make bf16 of FP8: the two bytes of every code's magnitude.
type fp8Tables struct{ high, low [128]byte }

// fp8BF16 is aligned: kernels read whole lines of it.
var fp8BF16 = func() *fp8Tables {
	memory := make([]byte, unsafe.Sizeof(fp8Tables{})+63)
	t := (*fp8Tables)(unsafe.Pointer(&memory[-uintptr(unsafe.Pointer(&memory[0]))%64]))
	t.high, t.low = kernels.FP8AsBF16()
	return t
}()
