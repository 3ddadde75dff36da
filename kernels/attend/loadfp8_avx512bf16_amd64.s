//go:build !purego

// FP8 to bf16: see the header.

#define SPREAD VBROADCASTSS X4, Z4

// VCVTNEPS2BF16 Z0, Y0, which Go's assembler does not have.
#define ROUND BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72; BYTE $0xc0

#define STORE \
	VCVTPH2PS Y0, Z0             \
	VMULPS Z4, Z0, Z0            \
	ROUND                        \
	VMOVDQU Y0, (DST)(N*2)

#define DST_BYTES 2

#include "loadfp8_amd64.h"

// func pairsPowerFP8AVX512BF16(dst []uint16, codes, scales []byte, block int)
TEXT ·pairsPowerFP8AVX512BF16(SB), NOSPLIT, $0-80
	LOAD_FP8(POWER)

// func pairsFloatFP8AVX512BF16(dst []uint16, codes, scales []byte, block int)
TEXT ·pairsFloatFP8AVX512BF16(SB), NOSPLIT, $0-80
	LOAD_FP8(FLOAT)
