//go:build !purego

package matmul

import (
	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func f32AVX512(c *Call)

//go:noescape
func bf16AVX512(c *Call)

//go:noescape
func f16AVX512(c *Call)

//go:noescape
func fp8AVX512(c *Call)

//go:noescape
func mxfp4AVX512VNNI(c *Call)

//go:noescape
func int8AVX512VNNI(c *Call)

//go:noescape
func quantiseAVX512(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int)

func init() {
	sets[kernels.F32].Add(hw.AVX512, each(f32AVX512))
	sets[kernels.BF16].Add(hw.AVX512, each(bf16AVX512))
	sets[kernels.F16].Add(hw.AVX512, each(f16AVX512))
	sets[kernels.FP8].Add(hw.AVX512, each(fp8AVX512))
	sets[kernels.MXFP4].Add(hw.AVX512VNNI, mxfp4AVX512VNNI)
	sets[kernels.INT8].Add(hw.AVX512VNNI, int8AVX512VNNI)
	quantise.Add(hw.AVX512, quantiseAVX512)
}
