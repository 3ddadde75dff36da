//go:build !purego

#include "int8_avx512_amd64.h"

// MXFP4 times int8 rows: 272 bytes and 1024 FLOP a token per block of 32 columns, 4 lines
// that become 8 registers of unsigned bytes, 2*value + 128.
//
// 24 vector operations a block beside those of the tokens: with 12 tokens 67 % of the
// VNNI peak where two ports do all of them. With one, 34 for 272 bytes, some 40 GB/s:
// memory is the bound.

#define MASK Z4
#define TABLE Z5

// Twice the value of every FP4 code plus 128.
DATA e2m1Offset<>+0(SB)/8, $0x8c88868483828180
DATA e2m1Offset<>+8(SB)/8, $0x74787a7c7d7e7f80
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

DATA half<>+0(SB)/4, $0x3f000000
GLOBL half<>(SB), RODATA|NOPTR, $4

// LINE becomes columns k..k+3 (lo) and k+4..k+7 (hi).
#define LINE(from, lo, hi) \
	VMOVDQU32 (from)(W), lo \
	VPSRLW $4, lo, hi       \
	VPANDD MASK, lo, lo     \
	VPANDD MASK, hi, hi     \
	VPSHUFB lo, TABLE, lo   \
	VPSHUFB hi, TABLE, hi

#define UNPACK(from) \
	LINE(from, Z0, Z1) \
	LINE(from+64, Z2, Z3)

// STORE halves the results: weights were doubled.
#define STORE(t, sum, y) \
	VMULPS.BCST half<>(SB), y, y \
	VMOVUPS y, (Y)               \
	ADDQ $64, Y

// func mxfp4AVX512VNNI(c *Call)
TEXT ·mxfp4AVX512VNNI(SB), NOSPLIT, $128-8
	ENTER_INT8
	MOVL $0x0f0f0f0f, AX
	VPBROADCASTD AX, MASK
	VBROADCASTI32X4 e2m1Offset<>(SB), TABLE

block:
	AIM
	FETCH4(0)
	VPMOVZXBD (S), SCALE
	VPSLLD $23, SCALE, SCALE // exponent bits of 2^(e-127)
	BEGIN
	UNPACK(0)
	EACH(LOW, low)
	UNPACK(128)
	EACH(HIGH, high)
	NEXT(block, done, 256, 16)
	RESULTS
	EACH(STORE, stored)
	VZEROUPPER
	RET
