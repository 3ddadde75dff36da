//go:build !purego

#include "mxfp4_avx2_amd64.h"

// MXFP4 times int8 rows: 272 bytes and 1024 FLOP a token per block of 32 columns. Codes
// become unsigned bytes, 2*value + 12 <= 24; VPMADDUBSW adds pairs of products, at most
// 24*127*2, so that four of them still fit 16 bits.
//
// With one token, sums in registers, 91 vector operations a block, most of them to unpack:
// 23 cycles on four ports, 29 measured, 30 GB/s a core. A core that has only half of its
// ports, the neighbour of a busy one, does 20, which is little more than memory delivers.
// With more, in parts of 16 columns, unpacked once for all tokens: 24 operations per 256
// products, where the peak has 24 and more of them on few ports.

// EIGHT begins a 16-bit sum with the products of 8 columns of 8 rows and the codes in Y8
// and Y9; MORE goes on.
#define EIGHT(from, sum) \
	PAIR(from, Y4, Y5)     \
	VPMADDUBSW Y8, Y4, Y4  \
	VPMADDUBSW Y9, Y5, Y5  \
	VPADDW Y5, Y4, sum
#define MORE(from, sum) \
	EIGHT(from, Y6)        \
	VPADDW Y6, sum, sum

// LINES multiplies 16 columns of 16 rows with the only token: 16-bit sums in lo and hi.
#define LINES(from, x, lo, hi) \
	VPBROADCASTD (x)(Q)(XP*8), Y8    \
	VPBROADCASTD (x+4)(Q)(XP*8), Y9  \
	EIGHT(from, lo)                  \
	FETCH(from)                      \
	EIGHT(from+32, hi)               \
	VPBROADCASTD (x+8)(Q)(XP*8), Y8  \
	VPBROADCASTD (x+12)(Q)(XP*8), Y9 \
	MORE(from+64, lo)                \
	FETCH(from+64)                   \
	MORE(from+96, hi)                \
	VPMADDWD ONES, lo, lo            \
	VPMADDWD ONES, hi, hi

// ROWS adds two sums of 8 rows to their results so far.
#define ROWS(scales, sum, more, y) \
	VPADDD more, sum, sum      \
	VPADDD Y9, sum, sum        \
	VPMOVZXBD (scales)(S)(XP*4), Y4 \
	VPSLLD $23, Y4, Y4         \
	VMULPS Y8, Y4, Y4          \
	VCVTDQ2PS sum, sum         \
	VFMADD231PS Y4, sum, y

// FOUR adds the products of 4 columns, rows 0..7 in lo and the others in hi, with a token.
#define FOUR(x, lo, hi) \
	VPBROADCASTD (x)(Q)(T*8), Y8 \
	VPMADDUBSW Y8, lo, Y12       \
	VPMADDUBSW Y8, hi, Y15       \
	VPADDW Y12, Y10, Y10         \
	VPADDW Y15, Y13, Y13

// UNPACK leaves 16 columns of 16 rows in Y0..Y7.
#define UNPACK(from) \
	PAIR_BEGIN              \
	PAIR(from, Y0, Y1)      \
	PAIR(from+64, Y2, Y3)   \
	PAIR(from+32, Y4, Y5)   \
	PAIR(from+96, Y6, Y7)   \
	FETCH(from)             \
	FETCH(from+64)

// PART multiplies what was unpacked with every token: 16-bit sums.
#define PART(loop, x, BEGIN, DONE, END) \
	BEGIN(loop)                     \
	VPBROADCASTD (x)(Q)(T*8), Y8    \
	VPMADDUBSW Y8, Y0, Y10          \
	VPMADDUBSW Y8, Y4, Y13          \
	FOUR(x+4, Y1, Y5)               \
	FOUR(x+8, Y2, Y6)               \
	FOUR(x+12, Y3, Y7)              \
	DONE                            \
	END(loop)

// JOIN ends the second part, with the rows' scales in Y9 and Y11.
#define JOIN \
	OFFSET(T, Y8)               \
	VPMADDWD (SUMS), ONES, Y12  \
	VPMADDWD 32(SUMS), ONES, Y15 \
	VPMADDWD Y10, ONES, Y10     \
	VPMADDWD Y13, ONES, Y13     \
	VPADDD Y8, Y12, Y12         \
	VPADDD Y8, Y15, Y15         \
	VPADDD Y12, Y10, Y10        \
	VPADDD Y15, Y13, Y13        \
	ADD(Y9, Y11)

// SCALE puts half the scales of 8 rows into y.
#define SCALE(scales, y) \
	VPMOVZXBD (scales)(AX), y \
	VPSLLD $23, y, y          \
	VMULPS Y8, y, y

// func mxfp4AVX2(c *Call)
TEXT ·mxfp4AVX2(SB), $984-8
	ENTER_INT8(256)
	CMPQ T, $4
	JNE  many
	PAIR_BEGIN
	VPBROADCASTD half<>(SB), HALF
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	ALONE
	BLOCKS_BEGIN(turn1, stream1)
	FETCH4_FAR(0)
	LINES(0, 0, Y2, Y3)
	LINES(128, 16, Y7, Y10)
	VBROADCASTSS (QSCALE)(XP*1), Y8
	VMULPS HALF, Y8, Y8
	OFFSET(XP, Y9)
	PREFETCHT0 (SNEXT)(XP*4)
	ROWS(0, Y2, Y7, Y0)
	ROWS(8, Y3, Y10, Y1)
	TURN_END(turn1, stream1, 256, $4)
	MOVQ Call_Y(CALL), AX
	VMOVUPS Y0, (AX)
	VMOVUPS Y1, 32(AX)
	VZEROUPPER
	RET

many:
	CLEAR(clear)
	BLOCKS_BEGIN(turn, stream)
	FETCH4_FAR(0)
	UNPACK(0)
	PART(first, 0, TOKENS_BEGIN, KEEP, TOKENS_END)
	UNPACK(128)
	SCALES
	VPBROADCASTD half<>(SB), Y8
	SCALE(0, Y9)
	SCALE(8, Y11)
	PART(second, 16, RESULTS_BEGIN, JOIN, RESULTS_END)
	TURN_END(turn, stream, 256, XTURN)
	VZEROUPPER
	RET
