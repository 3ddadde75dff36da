//go:build !purego

#include "kernel_amd64.h"
#include "int8_avx512_amd64.h"

// MXFP4 times int8 rows.
//
// A block of 32 columns is 4 lines: 256 bytes of codes and 16 of scales. They
// become 8 registers of unsigned bytes, 2*value + 12, then 8 VPDPBUSD a token.
// 272 bytes and 1024 FLOP a token per block; about 45 vector operations with
// one token, so that a core could take in some 40 GB/s: memory is the bound.

#define MASK Z31
#define TABLE Z30
#define HALF Z29
#define SCALE Z28

// UNPACK turns a line into columns k..k+3 (lo) and k+4..k+7 (hi).
#define UNPACK(offset, lo, hi) \
	VMOVDQU32 offset(W), lo \
	VPSRLW $4, lo, hi       \
	VPANDD MASK, lo, lo     \
	VPANDD MASK, hi, hi     \
	VPSHUFB lo, TABLE, lo   \
	VPSHUFB hi, TABLE, hi

// Twice the value of every FP4 code plus 12: an unsigned byte.
DATA e2m1Offset<>+0(SB)/8, $0x181412100f0e0d0c
DATA e2m1Offset<>+8(SB)/8, $0x00040608090a0b0c
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

// func mxfp4AVX512VNNI(c *Call)
TEXT ·mxfp4AVX512VNNI(SB), NOSPLIT, $0-8
	ENTER_INT8
	MOVL $0x0f0f0f0f, AX
	VPBROADCASTD AX, MASK
	VBROADCASTI32X4 e2m1Offset<>(SB), TABLE
	MOVL $0x3f000000, AX // 0.5: codes are doubled
	VPBROADCASTD AX, HALF
	CLEAR_AVX512(zero)

block:
	FETCH4
	UNPACK(0, Z0, Z1)
	UNPACK(64, Z2, Z3)
	UNPACK(128, Z4, Z5)
	UNPACK(192, Z6, Z7)
	VPMOVZXBD (S), SCALE
	VPSLLD $23, SCALE, SCALE // exponent bits of 2^(e-127)
	VMULPS HALF, SCALE, SCALE
	TOKENS_BEGIN(token)
	DOT_VNNI(12, SCALE, Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7)
	TOKENS_END(token)
	ADDQ $256, W
	ADDQ $16, S
	DECQ BLOCKS
	JNZ  block
	VZEROUPPER
	RET
