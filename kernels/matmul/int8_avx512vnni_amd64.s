//go:build !purego

#include "kernel_amd64.h"
#include "int8_avx512_amd64.h"

// INT8 times int8 rows.
//
// A block of 32 columns is 8 lines: 512 bytes of codes and 32 of scales. The
// codes become unsigned by flipping their top bit, which adds 128. 544 bytes
// and 1024 FLOP a token per block in about 30 vector operations: memory is the
// bound.

#define FLIP Z31
#define SCALE Z28

// func int8AVX512VNNI(c *Call)
TEXT ·int8AVX512VNNI(SB), NOSPLIT, $0-8
	ENTER_INT8
	MOVL $0x80808080, AX
	VPBROADCASTD AX, FLIP
	CLEAR_AVX512(zero)

block:
	FETCH8
	VPXORD (W), FLIP, Z0
	VPXORD 64(W), FLIP, Z1
	VPXORD 128(W), FLIP, Z2
	VPXORD 192(W), FLIP, Z3
	VPXORD 256(W), FLIP, Z4
	VPXORD 320(W), FLIP, Z5
	VPXORD 384(W), FLIP, Z6
	VPXORD 448(W), FLIP, Z7
	VPMOVZXWD (S), SCALE
	VPSLLD $16, SCALE, SCALE // bf16 is the upper half of an f32
	TOKENS_BEGIN(token)
	DOT_VNNI(128, SCALE, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	TOKENS_END(token)
	ADDQ $512, W
	ADDQ $32, S
	DECQ BLOCKS
	JNZ  block
	VZEROUPPER
	RET
