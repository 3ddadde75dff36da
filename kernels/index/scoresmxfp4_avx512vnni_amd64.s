//go:build !purego

#include "scoresmxfp4_avx512_amd64.h"

// 64 dot products of a block, four heads and 32 rows, and 24 operations to scale them.

#define ROW_SCALES \
	VMOVUPS 1152(T), Z8 \
	VMOVUPS 1216(T), Z9

#define ADD(address, z, z0, z1, dot0, dot1) \
	VPBROADCASTD address, z   \
	VCVTDQ2PS z0, z0          \
	VCVTDQ2PS z1, z1          \
	VMULPS Z8, z0, z0         \
	VMULPS Z9, z1, z1         \
	VFMADD231PS z0, z, dot0   \
	VFMADD231PS z1, z, dot1

// func scoresMXFP4AVX512VNNI(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)
TEXT ·scoresMXFP4AVX512VNNI(SB), NOSPLIT, $0-128
	SCORES
