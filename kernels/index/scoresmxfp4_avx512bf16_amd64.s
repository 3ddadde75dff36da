//go:build !purego

#include "scoresmxfp4_avx512_amd64.h"

// CPUs of this tier add and scale beside the two units that multiply, which dot products
// of a block, four heads and 32 rows, 64, keep busy. Scales are powers of two, whose
// exponents are added up: nothing here multiplies.

#define ROW_SCALES \
	VGETEXPPS 1152(T), Z8 \
	VGETEXPPS 1216(T), Z9

#define ADD(address, z, z0, z1, dot0, dot1) \
	VGETEXPPS.BCST address, z \
	VADDPS z, Z8, Z27         \
	VADDPS z, Z9, Z28         \
	VCVTDQ2PS z0, z0          \
	VCVTDQ2PS z1, z1          \
	VSCALEFPS Z27, z0, z0     \
	VSCALEFPS Z28, z1, z1     \
	VADDPS z0, dot0, dot0     \
	VADDPS z1, dot1, dot1

// func scoresMXFP4AVX512BF16(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)
TEXT ·scoresMXFP4AVX512BF16(SB), NOSPLIT, $0-128
	SCORES
