//go:build !purego

package matmul

import (
	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func f32AVX2(c *Call)

//go:noescape
func bf16AVX2(c *Call)

//go:noescape
func f16AVX2(c *Call)

//go:noescape
func fp8AVX2(c *Call)

//go:noescape
func mxfp4AVX2(c *Call)

//go:noescape
func int8AVX2(c *Call)

//go:noescape
func quantiseAVX2(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int)

//go:noescape
func spreadAVX2(y []float32, stride int, results []float32, n int)

//go:noescape
func spreadPastAVX2(y []float32, stride int, results []float32, n int)

//go:noescape
func addBiasAVX2(results, bias []float32, n int)

func init() {
	sets[kernels.F32].Add(hw.AVX2, Kernel{Run: each(f32AVX2), Reads: kernels.ActF32})
	sets[kernels.BF16].Add(hw.AVX2, Kernel{Run: each(bf16AVX2), Reads: kernels.ActF32})
	sets[kernels.F16].Add(hw.AVX2, Kernel{Run: each(f16AVX2), Reads: kernels.ActF32})
	sets[kernels.FP8].Add(hw.AVX2, Kernel{Run: each(fp8AVX2), Reads: kernels.ActF32Up})
	sets[kernels.MXFP4].Add(hw.AVX2, Kernel{Run: each(mxfp4AVX2), Reads: kernels.ActInt8})
	sets[kernels.INT8].Add(hw.AVX2, Kernel{Run: each(int8AVX2), Reads: kernels.ActInt8})
	quantise.Add(hw.AVX2, quantiseAVX2)
	spread.Add(hw.AVX2, spreadAVX2)
	spreadPast.Add(hw.AVX2, spreadPastAVX2)
	addBias.Add(hw.AVX2, addBiasAVX2)
}
