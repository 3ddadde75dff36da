//go:build !purego

// FP8 to f32: see the header. 16 codes that become 64 bytes are 5 operations, which bound it.

#define SPREAD VBROADCASTSS X4, Z4

#define WIDTH 16
#define DST_BYTES 4
#define MASK Y6

#define STEP \
	VPMOVSXBW (CODES)(N*1), Y0   \
	VPSLLW $7, Y0, Y0            \
	VPAND Y6, Y0, Y0             \
	VCVTPH2PS Y0, Z0             \
	VMULPS Z4, Z0, Z0            \
	VMOVUPS Z0, (DST)(N*4)

#include "loadfp8_amd64.h"

// func loadPowerFP8AVX512(dst []float32, codes, scales []byte, block int)
TEXT ·loadPowerFP8AVX512(SB), NOSPLIT, $0-80
	LOAD_FP8(POWER)

// func loadFloatFP8AVX512(dst []float32, codes, scales []byte, block int)
TEXT ·loadFloatFP8AVX512(SB), NOSPLIT, $0-80
	LOAD_FP8(FLOAT)
