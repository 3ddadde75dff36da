//go:build !purego

#include "tokens_avx2_amd64.h"

// INT8 times int8 rows: 544 bytes and 1024 FLOP a token per block of 32 columns.
// VPMADDUBSW wants one unsigned side: it gets |w|, and the sign of w moves to the row's
// code. A pair is at most 2*128*127, within 16 bits.
//
// With one token, sums in registers, 92 vector operations a block, 50 GB/s a core: memory is
// the bound. With more, in parts of 16 columns, |w| in registers and w read again as an
// operand: 4 operations per 32 products where the peak has 3, and on a Zen 3 three of the
// four share three ports: 24 cycles a token and block, where the ports alone allow 17.
//
// What else there is, measured on a Zen 3: 16-bit codes on both sides (VPMADDWD and VPADDD,
// no signs to move) take 8 % more time. VPXOR with the sign in place of VPSIGNB takes 11 %
// less, but leaves -|w| too much for every negative w: adding that up takes half of it back.

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
	FETCH(from)                   \
	VPABSB (from+32)(WP), Y5      \
	MULTIPLY(from+32, Y5, Y3)

// ROWS adds the sums of 8 rows to their results so far.
#define ROWS(scales, sum, y) \
	VPMOVZXWD (scales)(S), Y4 \
	VPSLLD $16, Y4, Y4         \
	VCVTDQ2PS sum, sum         \
	VMULPS Y4, sum, sum        \
	VFMADD231PS Y8, sum, y

// STEP multiplies 4 columns of 16 rows, lo and hi have |w|, with a token: sums in a and b.
#define STEP(x, from, lo, hi, a, b) \
	VPBROADCASTD (x)(Q)(T*8), Y8 \
	VPSIGNB (from)(WP), Y8, a    \
	VPSIGNB (from+32)(WP), Y8, b \
	VPMADDUBSW a, lo, a          \
	VPMADDUBSW b, hi, b          \
	VPMADDWD ONES, a, a          \
	VPMADDWD ONES, b, b

// PART multiplies 16 columns of 16 rows with every token.
#define PART(loop, from, x, BEGIN, DONE, END) \
	VPABSB (from)(WP), Y0        \
	VPABSB (from+64)(WP), Y1     \
	VPABSB (from+128)(WP), Y2    \
	VPABSB (from+192)(WP), Y3    \
	VPABSB (from+32)(WP), Y4     \
	VPABSB (from+96)(WP), Y5     \
	VPABSB (from+160)(WP), Y6    \
	VPABSB (from+224)(WP), Y7    \
	FETCH(from)                  \
	FETCH(from+64)               \
	FETCH(from+128)              \
	FETCH(from+192)              \
	BEGIN(loop)                  \
	STEP(x, from, Y0, Y4, Y10, Y13) \
	STEP(x+4, from+64, Y1, Y5, Y9, Y12) \
	VPADDD Y9, Y10, Y10          \
	VPADDD Y12, Y13, Y13         \
	STEP(x+8, from+128, Y2, Y6, Y9, Y12) \
	VPADDD Y9, Y10, Y10          \
	VPADDD Y12, Y13, Y13         \
	STEP(x+12, from+192, Y3, Y7, Y9, Y12) \
	VPADDD Y9, Y10, Y10          \
	VPADDD Y12, Y13, Y13         \
	DONE                         \
	END(loop)

// JOIN ends the second part.
#define JOIN \
	VPADDD (SUMS)(T*8), Y10, Y10         \
	VPADDD HIGHSUMS(SUMS)(T*8), Y13, Y13 \
	ADD(Y11, Y15)

// SCALE puts the scales of 8 rows into y.
#define SCALE(scales, y) \
	VPMOVZXWD (scales)(AX), y \
	VPSLLD $16, y, y

// func int8AVX2(c *Call)
TEXT ·int8AVX2(SB), $984-8
	ENTER_INT8(512, 32)
	CMPQ T, $4
	JNE  many
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	BLOCKS_BEGIN(turn1, stream1)
	FETCH4_FAR(0)
	FETCH4_FAR(256)
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
	VBROADCASTSS (QSCALE)(XP*1), Y8
	SCALES
	ROWS(0, Y2, Y0)
	ROWS(16, Y3, Y1)
	BLOCKS_END(turn1, stream1, done1, 512, 32, $4)
	MOVQ Call_Y(CALL), AX
	VMOVUPS Y0, (AX)
	VMOVUPS Y1, 32(AX)
	VZEROUPPER
	RET

many:
	CLEAR(clear)
	BLOCKS_BEGIN(turn, stream)
	FETCH4_FAR(0)
	FETCH4_FAR(256)
	PART(first, 0, 0, TOKENS_BEGIN, KEEP, TOKENS_END)
	SCALES
	SCALE(0, Y11)
	SCALE(16, Y15)
	PART(second, 256, 16, RESULTS_BEGIN, JOIN, RESULTS_END)
	BLOCKS_END(turn, stream, done, 512, 32, XTURN)
	VZEROUPPER
	RET
