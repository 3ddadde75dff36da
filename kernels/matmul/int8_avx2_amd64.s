//go:build !purego

#include "kernel_amd64.h"
#include "int8_avx2_amd64.h"

// INT8 times int8 rows, 8 rows at a time: 544 bytes and 1024 FLOP a token per
// block of 32 columns. VPMADDUBSW wants one unsigned side: it gets |w|, and the
// sign of w moves to the row's code. A pair is at most 2*128*127, within 16 bits.

#define SCALE Y13
#define ONES Y14

#define LOAD(from) \
	VMOVDQU (from)(W), Y0     \
	VMOVDQU (from+64)(W), Y1  \
	VMOVDQU (from+128)(W), Y2 \
	VMOVDQU (from+192)(W), Y3 \
	VMOVDQU (from+256)(W), Y4 \
	VMOVDQU (from+320)(W), Y5 \
	VMOVDQU (from+384)(W), Y6 \
	VMOVDQU (from+448)(W), Y7

// STEP adds the products of one register with 4 codes of the token to Y10.
#define STEP(x, w) \
	VPBROADCASTD (x)(XT), Y8 \
	VPSIGNB w, Y8, Y8        \
	VPABSB w, Y9             \
	VPMADDUBSW Y8, Y9, Y8    \
	VPMADDWD ONES, Y8, Y8    \
	VPADDD Y8, Y10, Y10

// PASS multiplies 8 rows with every token.
#define PASS(loop, scales, y) \
	VPMOVZXWD (scales)(S), SCALE \
	VPSLLD $16, SCALE, SCALE     \
	MOVQ X, XT                   \
	XORL T, T                    \
	TOKENS_BEGIN(loop)           \
	VPXOR Y10, Y10, Y10          \
	STEP(0, Y0)                  \
	STEP(4, Y1)                  \
	STEP(8, Y2)                  \
	STEP(12, Y3)                 \
	STEP(16, Y4)                 \
	STEP(20, Y5)                 \
	STEP(24, Y6)                 \
	STEP(28, Y7)                 \
	ADD_AVX2(y)                  \
	TOKENS_END(loop)

// func int8AVX2(c *Call)
TEXT ·int8AVX2(SB), NOSPLIT, $0-8
	ENTER_INT8
	MOVL $0x00010001, AX
	VMOVD AX, X14
	VPBROADCASTD X14, ONES
	CLEAR_AVX2(zero)

block:
	FETCH8
	LOAD(0)
	PASS(a, 0, 0)
	LOAD(32)
	PASS(b, 16, 32)
	NEXT_BLOCK
	ADDQ $512, W
	ADDQ $32, S
	DECQ BLOCKS
	JNZ  block
	VZEROUPPER
	RET
