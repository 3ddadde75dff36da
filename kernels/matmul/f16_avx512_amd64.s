//go:build !purego

#include "kernel_amd64.h"
#include "float_avx512_amd64.h"

// F16 times f32 rows: 16 columns are 8 lines, 512 bytes and 512 FLOP a token.
// A column is half a line: one conversion each. Weights stay exact.

// func f16AVX512(c *Call)
TEXT ·f16AVX512(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	CLEAR_AVX512(zero)

group:
	FETCH8
	VCVTPH2PS (W), Z0
	VCVTPH2PS 32(W), Z1
	VCVTPH2PS 64(W), Z2
	VCVTPH2PS 96(W), Z3
	VCVTPH2PS 128(W), Z4
	VCVTPH2PS 160(W), Z5
	VCVTPH2PS 192(W), Z6
	VCVTPH2PS 224(W), Z7
	VCVTPH2PS 256(W), Z8
	VCVTPH2PS 288(W), Z9
	VCVTPH2PS 320(W), Z10
	VCVTPH2PS 352(W), Z11
	VCVTPH2PS 384(W), Z12
	VCVTPH2PS 416(W), Z13
	VCVTPH2PS 448(W), Z14
	VCVTPH2PS 480(W), Z15
	TOKENS_BEGIN(token)
	DOT_AVX512
	ADD_AVX512
	TOKENS_END(token)
	ADDQ $512, W
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
