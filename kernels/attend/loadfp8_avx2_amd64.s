//go:build !purego

// FP8 to f32: see the header. 16 codes that become 64 bytes are 8 operations, which bound it.

#define SPREAD VBROADCASTSS X4, Y4

#define WIDTH 16
#define DST_BYTES 4
#define MASK Y6

#define STEP \
	VPMOVSXBW (CODES)(N*1), Y0   \
	VPSLLW $7, Y0, Y0            \
	VPAND Y6, Y0, Y0             \
	VEXTRACTI128 $1, Y0, X1      \
	VCVTPH2PS X0, Y0             \
	VCVTPH2PS X1, Y1             \
	VMULPS Y4, Y0, Y0            \
	VMULPS Y4, Y1, Y1            \
	VMOVUPS Y0, (DST)(N*4)       \
	VMOVUPS Y1, 32(DST)(N*4)

#include "loadfp8_amd64.h"

// func loadPowerFP8AVX2(dst []float32, codes, scales []byte, block int)
TEXT ·loadPowerFP8AVX2(SB), NOSPLIT, $0-80
	LOAD_FP8(POWER)

// func loadFloatFP8AVX2(dst []float32, codes, scales []byte, block int)
TEXT ·loadFloatFP8AVX2(SB), NOSPLIT, $0-80
	LOAD_FP8(FLOAT)
