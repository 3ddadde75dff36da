//go:build !purego

#include "int8_avx512_amd64.h"

// INT8 times int8 rows: 544 bytes and 1024 FLOP a token per block of 32 columns. The
// codes become unsigned by flipping their top bit.
//
// 12 vector operations a block beside those of the tokens: with 12 tokens 73 % of the
// VNNI peak where two ports do all of them. With one, 22 for 544 bytes: memory is the
// bound.

#define FLIP Z4

#define UNPACK(from) \
	VPXORD (from)(W), FLIP, Z0     \
	VPXORD (from+64)(W), FLIP, Z1  \
	VPXORD (from+128)(W), FLIP, Z2 \
	VPXORD (from+192)(W), FLIP, Z3

#define STORE(t, sum, y) \
	VMOVUPS y, (Y) \
	ADDQ $64, Y

// func int8AVX512VNNI(c *Call)
TEXT ·int8AVX512VNNI(SB), NOSPLIT, $128-8
	ENTER_INT8
	MOVL $0x80808080, AX
	VPBROADCASTD AX, FLIP

block:
	AIM
	FETCH4(0)
	FETCH4(256)
	VPMOVZXWD (S), SCALE
	VPSLLD $16, SCALE, SCALE // bf16 is the upper half of an f32
	BEGIN
	UNPACK(0)
	EACH(LOW, low)
	UNPACK(256)
	EACH(HIGH, high)
	NEXT(block, done, 512, 32)
	RESULTS
	EACH(STORE, stored)
	VZEROUPPER
	RET
