//go:build !purego

#include "int8_avx2_amd64.h"

// INT8 times int8 rows: 544 bytes and 1024 FLOP a token per block of 32 columns.
// VPMADDUBSW wants one unsigned side: it gets |w|, and the sign of w moves to the row's
// code. A pair is at most 2*128*127, within 16 bits.
//
// With one token, 16 rows at a time and sums in registers, 90 vector operations a block:
// memory is the bound. With more, 8 rows at a time, |w| in registers and w read again as
// an operand: 4 operations per 32 products where the peak has 3.

#define SCALE Y13

// MULTIPLY adds the products of 4 columns with the codes in Y8 to sum; abs has |w|.
#define MULTIPLY(from, abs, sum) \
	VPSIGNB (from)(WP), Y8, Y9 \
	VPMADDUBSW Y9, abs, Y9     \
	VPMADDWD ONES, Y9, Y9      \
	VPADDD Y9, sum, sum

// LINE multiplies 4 columns of 16 rows with the only token.
#define LINE(from, x) \
	VPBROADCASTD (x)(Q)(XP*8), Y8 \
	VPABSB (from)(WP), Y4         \
	MULTIPLY(from, Y4, Y2)        \
	VPABSB (from+32)(WP), Y5      \
	MULTIPLY(from+32, Y5, Y3)

// ROWS adds the sums of 8 rows to their results so far.
#define ROWS(scales, sum, y) \
	VPMOVZXWD (scales)(AX), Y4 \
	VPSLLD $16, Y4, Y4         \
	VCVTDQ2PS sum, sum         \
	VMULPS Y4, sum, sum        \
	VFMADD231PS Y8, sum, y

#define ABSOLUTE(from) \
	VPABSB (from)(WP), Y0     \
	VPABSB (from+64)(WP), Y1  \
	VPABSB (from+128)(WP), Y2 \
	VPABSB (from+192)(WP), Y3 \
	VPABSB (from+256)(WP), Y4 \
	VPABSB (from+320)(WP), Y5 \
	VPABSB (from+384)(WP), Y6 \
	VPABSB (from+448)(WP), Y7

#define STEP(x, from, abs) \
	VPBROADCASTD (x)(Q)(T*8), Y8 \
	MULTIPLY(from, abs, Y10)

// HALF multiplies 8 rows with every token.
#define HALF(loop, scales, from, y) \
	SCALES                       \
	VPMOVZXWD (scales)(AX), SCALE \
	VPSLLD $16, SCALE, SCALE     \
	ABSOLUTE(from)               \
	TOKENS_BEGIN(loop)           \
	VPXOR Y10, Y10, Y10          \
	STEP(0, from, Y0)            \
	STEP(4, from+64, Y1)         \
	STEP(8, from+128, Y2)        \
	STEP(12, from+192, Y3)       \
	STEP(16, from+256, Y4)       \
	STEP(20, from+320, Y5)       \
	STEP(24, from+384, Y6)       \
	STEP(28, from+448, Y7)       \
	ADD(Y10, SCALE, y)           \
	TOKENS_END(loop)

// func int8AVX2(c *Call)
TEXT ·int8AVX2(SB), NOSPLIT, $48-8
	ENTER_INT8(512)
	CMPQ T, $4
	JNE  many
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	TURN_BEGIN(turn1, stream1, 512)
	FETCH4(0)
	FETCH4(256)
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	LINE(0, 0)
	LINE(64, 4)
	LINE(128, 8)
	LINE(192, 12)
	LINE(256, 16)
	LINE(320, 20)
	LINE(384, 24)
	LINE(448, 28)
	SCALES
	VBROADCASTSS (QSCALE)(XP*1), Y8
	ROWS(0, Y2, Y0)
	ROWS(16, Y3, Y1)
	TURN_END(turn1, stream1, 512, $4)
	MOVQ Call_Y(CALL), YT
	VMOVUPS Y0, (YT)
	VMOVUPS Y1, 32(YT)
	VZEROUPPER
	RET

many:
	CLEAR(clear)
	TURN_BEGIN(turn, stream, 512)
	FETCH4(0)
	FETCH4(256)
	HALF(low, 0, 0, 0)
	HALF(high, 16, 32, 32)
	TURN_END(turn, stream, 512, XTURN)
	VZEROUPPER
	RET
