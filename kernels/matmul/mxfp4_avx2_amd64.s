//go:build !purego

#include "kernel_amd64.h"
#include "int8_avx2_amd64.h"

// MXFP4 times int8 rows, 8 rows at a time: 272 bytes and 1024 FLOP a token per
// block of 32 columns. Codes become unsigned bytes, 2*value + 12 <= 24; VPMADDUBSW
// adds pairs of products, at most 24*127*2, so that four of them still fit 16 bits.

#define MASK Y11
#define TABLE Y12
#define SCALE Y13
#define ONES Y14
#define HALF Y15

#define PAIR(from, lo, hi) \
	VMOVDQU (from)(W), lo  \
	VPSRLW $4, lo, hi      \
	VPAND MASK, lo, lo     \
	VPAND MASK, hi, hi     \
	VPSHUFB lo, TABLE, lo  \
	VPSHUFB hi, TABLE, hi

#define UNPACK(from) \
	PAIR(from, Y0, Y1)     \
	PAIR(from+64, Y2, Y3)  \
	PAIR(from+128, Y4, Y5) \
	PAIR(from+192, Y6, Y7)

// QUAD adds the products of four registers with 16 codes of the token into sum.
#define QUAD(x, w0, w1, w2, w3, sum) \
	VPBROADCASTD (x)(XT), Y8      \
	VPMADDUBSW Y8, w0, sum        \
	VPBROADCASTD (x+4)(XT), Y8    \
	VPMADDUBSW Y8, w1, Y8         \
	VPADDW Y8, sum, sum           \
	VPBROADCASTD (x+8)(XT), Y8    \
	VPMADDUBSW Y8, w2, Y8         \
	VPADDW Y8, sum, sum           \
	VPBROADCASTD (x+12)(XT), Y8   \
	VPMADDUBSW Y8, w3, Y8         \
	VPADDW Y8, sum, sum           \
	VPMADDWD ONES, sum, sum

// PASS multiplies 8 rows with every token.
#define PASS(loop, scales, y) \
	VPMOVZXBD (scales)(S), SCALE \
	VPSLLD $23, SCALE, SCALE     \
	VMULPS HALF, SCALE, SCALE    \
	MOVQ X, XT                   \
	XORL T, T                    \
	TOKENS_BEGIN(loop)           \
	QUAD(0, Y0, Y1, Y2, Y3, Y10) \
	QUAD(16, Y4, Y5, Y6, Y7, Y9) \
	VPADDD Y9, Y10, Y10          \
	IMUL3L $-12, (XSUM)(T*4), AX \
	VMOVD AX, X9                 \
	VPBROADCASTD X9, Y9          \
	VPADDD Y9, Y10, Y10          \
	ADD_AVX2(y)                  \
	TOKENS_END(loop)

// Twice the value of every FP4 code plus 12: an unsigned byte.
DATA e2m1Offset<>+0(SB)/8, $0x181412100f0e0d0c
DATA e2m1Offset<>+8(SB)/8, $0x00040608090a0b0c
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

// func mxfp4AVX2(c *Call)
TEXT ·mxfp4AVX2(SB), NOSPLIT, $0-8
	ENTER_INT8
	MOVL $0x0f0f0f0f, AX
	VMOVD AX, X11
	VPBROADCASTD X11, MASK
	VBROADCASTI128 e2m1Offset<>(SB), TABLE
	MOVL $0x00010001, AX
	VMOVD AX, X14
	VPBROADCASTD X14, ONES
	MOVL $0x3f000000, AX // 0.5: codes are doubled
	VMOVD AX, X15
	VPBROADCASTD X15, HALF
	CLEAR_AVX2(zero)

block:
	FETCH4
	UNPACK(0)
	PASS(a, 0, 0)
	UNPACK(32)
	PASS(b, 8, 32)
	NEXT_BLOCK
	ADDQ $256, W
	ADDQ $16, S
	DECQ BLOCKS
	JNZ  block
	VZEROUPPER
	RET
