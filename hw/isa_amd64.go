//go:build !purego

package hw

import (
	"sync"

	"github.com/klauspost/cpuid/v2"
)

// isaNeeds lists what each tier adds to the one below it. cpuid reports a
// vector feature only when the operating system saves its registers.
var isaNeeds = [...][]cpuid.FeatureID{
	Generic:    nil,
	AVX2:       {cpuid.AVX, cpuid.AVX2, cpuid.FMA3, cpuid.F16C, cpuid.POPCNT, cpuid.BMI1},
	AVX512:     {cpuid.AVX512F, cpuid.AVX512CD, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL},
	AVX512VNNI: {cpuid.AVX512VNNI},
	AVX512VBMI: {cpuid.AVX512VBMI},
	AVX512BF16: {cpuid.AVX512BF16},
}

// fastBF16 says whether VDPBF16PS is worth it: on AMD (Zen 4, Zen 5) it multiplies twice
// as much as f32 FMA, on Intel (Emerald Rapids) half as much.
var fastBF16 = cpuid.CPU.VendorID == cpuid.AMD

// BestISA is the highest tier this CPU and operating system support.
var BestISA = sync.OnceValue(func() ISA {
	best := Generic
	for i, needs := range isaNeeds {
		if !cpuid.CPU.Supports(needs...) || ISA(i) == AVX512BF16 && !fastBF16 {
			break
		}
		best = ISA(i)
	}
	return best
})
