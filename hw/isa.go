package hw

import (
	"fmt"
	"strings"
)

// ISA is a tier of CPU instructions. Each tier implies the ones below it, so
// that one number both chooses a kernel and bounds which kernels may be chosen.
type ISA uint8

// The tiers, weakest first.
const (
	Generic    ISA = iota // plain Go
	AVX2                  // AVX2, FMA, F16C, POPCNT and BMI1
	AVX512                // AVX-512 F, CD, BW, DQ and VL
	AVX512VNNI            // + VNNI (VPDPBUSD)
	AVX512VBMI            // + VBMI (VPERMB)
	AVX512BF16            // + a VDPBF16PS that multiplies more than f32 FMA does
)

var isaNames = []string{"generic", "avx2", "avx512", "avx512vnni", "avx512vbmi", "avx512bf16"}

// String returns the name users type, such as "avx512vnni".
func (i ISA) String() string { return isaNames[i] }

// ParseISA is the inverse of String.
func ParseISA(name string) (ISA, error) {
	for i, n := range isaNames {
		if n == name {
			return ISA(i), nil
		}
	}
	return Generic, fmt.Errorf("unknown ISA %q: want one of %s", name, strings.Join(isaNames, ", "))
}

// Supported says whether this CPU and its operating system run the tier.
func (i ISA) Supported() bool { return i <= BestISA() }
