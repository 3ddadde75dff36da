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
func mxfp4AVX512VNNIFew(c *Call)

//go:noescape
func mxfp4AVX512VNNI(c *Call)

//go:noescape
func mxfp4AVX512VBMIFew(c *Call)

//go:noescape
func mxfp4AVX512VBMI(c *Call)

//go:noescape
func int8AVX512VNNIFew(c *Call)

//go:noescape
func int8AVX512VNNI(c *Call)

//go:noescape
func quantiseAVX512(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int)

// Lines of code that kernels keep in the second-level cache: see KEEP_CODE. Of FP8 those of the
// loop with more than 8 tokens: with fewer it waits for memory anyway.
const (
	bf16FewLines  = 91
	bf16Lines     = 170
	fp8Lines      = 37
	int8FewLines  = 35
	int8Lines     = 61
	mxfp4FewLines = 36
	mxfp4Lines    = 62
)

func init() {
	sets[kernels.F32].Add(hw.AVX512, Kernel{Run: each(f32AVX512), Reads: kernels.ActF32})
	sets[kernels.BF16].Add(hw.AVX512, Kernel{Run: each(bf16AVX512), Reads: kernels.ActF32})
	sets[kernels.F16].Add(hw.AVX512, Kernel{Run: each(f16AVX512), Reads: kernels.ActF32})
	sets[kernels.FP8].Add(hw.AVX512, Kernel{Run: each(fp8AVX512), Reads: kernels.ActF32Up})
	sets[kernels.MXFP4].Add(hw.AVX512VNNI, Kernel{Run: fewOrMany(mxfp4AVX512VNNIFew, mxfp4AVX512VNNI), Reads: kernels.ActInt8, Paired: true})
	sets[kernels.MXFP4].Add(hw.AVX512VBMI, Kernel{Run: fewOrMany(mxfp4AVX512VBMIFew, mxfp4AVX512VBMI), Reads: kernels.ActInt8, Paired: true})
	sets[kernels.INT8].Add(hw.AVX512VNNI, Kernel{Run: fewOrMany(int8AVX512VNNIFew, int8AVX512VNNI), Reads: kernels.ActInt8, Paired: true})
	quantise.Add(hw.AVX512, quantiseAVX512)
}
