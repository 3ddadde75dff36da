//go:build !purego

// FP8 to bf16: see the header.

#define SPREAD VBROADCASTSS X4, Z4
#define WIDTH 32
#define DST_BYTES 2
#define MASK Z6

// VCVTNE2PS2BF16 Z1, Z2, Z0, which Go's assembler does not have: Z2 becomes the upper half.
#define ROUND BYTE $0x62; BYTE $0xf2; BYTE $0x6f; BYTE $0x48; BYTE $0x72; BYTE $0xc1

#define STEP \
	VPMOVSXBW (CODES)(N*1), Z0   \
	VPSLLW $7, Z0, Z0            \
	VPANDD Z6, Z0, Z0            \
	VEXTRACTI64X4 $1, Z0, Y2     \
	VCVTPH2PS Y0, Z1             \
	VCVTPH2PS Y2, Z2             \
	VMULPS Z4, Z1, Z1            \
	VMULPS Z4, Z2, Z2            \
	ROUND                        \
	VMOVDQU64 Z0, (DST)(N*2)

#include "loadfp8_amd64.h"

// func pairsPowerFP8AVX512BF16(dst []uint16, codes, scales []byte, block int)
TEXT ·pairsPowerFP8AVX512BF16(SB), NOSPLIT, $0-80
	LOAD_FP8(POWER)

// func pairsFloatFP8AVX512BF16(dst []uint16, codes, scales []byte, block int)
TEXT ·pairsFloatFP8AVX512BF16(SB), NOSPLIT, $0-80
	LOAD_FP8(FLOAT)
