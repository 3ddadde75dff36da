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
func mxfp4AVX512VBMI(c *Call)

//go:noescape
func int8AVX512VNNI(c *Call)

//go:noescape
func quantiseAVX512(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int)

func init() {
	sets[kernels.F32].Add(hw.AVX512, Kernel{each(f32AVX512), kernels.ActF32, false})
	sets[kernels.BF16].Add(hw.AVX512, Kernel{each(bf16AVX512), kernels.ActF32, false})
	sets[kernels.F16].Add(hw.AVX512, Kernel{each(f16AVX512), kernels.ActF32, false})
	sets[kernels.FP8].Add(hw.AVX512, Kernel{each(fp8AVX512), kernels.ActF32Up, false})
	sets[kernels.MXFP4].Add(hw.AVX512VNNI, Kernel{mxfp4AVX512VNNI, kernels.ActInt8, true})
	sets[kernels.MXFP4].Add(hw.AVX512VBMI, Kernel{mxfp4AVX512VBMI, kernels.ActInt8, true})
	sets[kernels.INT8].Add(hw.AVX512VNNI, Kernel{int8AVX512VNNI, kernels.ActInt8, true})
	quantise.Add(hw.AVX512, quantiseAVX512)
}
