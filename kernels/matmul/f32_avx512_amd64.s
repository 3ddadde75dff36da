//go:build !purego

#include "kernel_amd64.h"
#include "float_avx512_amd64.h"

// F32 times f32 rows: 16 columns are 16 lines, 1024 bytes and 512 FLOP a token.
// Loads are the only work beside the products: memory is the bound.

// func f32AVX512(c *Call)
TEXT ·f32AVX512(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	CLEAR_AVX512(zero)

group:
	FETCH8
	VMOVUPS (W), Z0
	VMOVUPS 64(W), Z1
	VMOVUPS 128(W), Z2
	VMOVUPS 192(W), Z3
	VMOVUPS 256(W), Z4
	VMOVUPS 320(W), Z5
	VMOVUPS 384(W), Z6
	VMOVUPS 448(W), Z7
	ADDQ $512, W
	FETCH8
	VMOVUPS (W), Z8
	VMOVUPS 64(W), Z9
	VMOVUPS 128(W), Z10
	VMOVUPS 192(W), Z11
	VMOVUPS 256(W), Z12
	VMOVUPS 320(W), Z13
	VMOVUPS 384(W), Z14
	VMOVUPS 448(W), Z15
	ADDQ $512, W
	TOKENS_BEGIN(token)
	DOT_AVX512
	ADD_AVX512
	TOKENS_END(token)
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
