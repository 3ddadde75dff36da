//go:build !purego

#include "mxfp4_avx2_amd64.h"

// MXFP4 times int8 rows: 272 bytes and 1024 FLOP a token per block of 32 columns. Codes
// become unsigned bytes, 2*value + 16; VPMADDUBSW adds pairs of products in 16 bits. Of a
// block that is 16 products, with 2*value at most 16*12*127: it fits. What is too large on
// the way wraps around, and is right again once QStart is in.
//
// With one token, sums in registers, 94 vector operations a block, 40 of them to unpack and
// 10 broadcasts: 21 cycles on four ports, some 31 GB/s a core. A core that has only half of
// its ports, the neighbour of a busy one, does 20, which is little more than memory delivers.
// With more, in parts of 16 columns, unpacked once for all tokens: 22 operations per 256
// products, where the peak has 24 and more of them on few ports.

// EIGHT adds the products of 8 columns of 8 rows and the codes in Y8 and Y9 to begin.
#define EIGHT(from, begin, sum) \
	PAIR(from, Y4, Y5)     \
	VPMADDUBSW Y8, Y4, Y4  \
	VPMADDUBSW Y9, Y5, Y5  \
	VPADDW begin, Y4, sum  \
	VPADDW Y5, sum, sum

// LINE does so with 16 rows and the only token: sums in Y2 and Y3, which begin at lo and hi.
#define LINE(from, x, lo, hi) \
	VPBROADCASTD (x)(Q)(XP*8), Y8   \
	VPBROADCASTD (x+4)(Q)(XP*8), Y9 \
	EIGHT(from, lo, Y2)             \
	FETCH(from)                     \
	EIGHT(from+32, hi, Y3)

// ROWS adds the sums of 8 rows to their results so far.
#define ROWS(scales, sum, y) \
	VPMADDWD ONES, sum, sum    \
	VPMOVZXBD (scales)(S), Y4 \
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
	VPBROADCASTD (QSTART)(T*1), Y8       \
	VPADDW (SUMS)(T*8), Y10, Y10         \
	VPADDW HIGHSUMS(SUMS)(T*8), Y13, Y13 \
	VPADDW Y8, Y10, Y10                  \
	VPADDW Y8, Y13, Y13                  \
	VPMADDWD ONES, Y10, Y10              \
	VPMADDWD ONES, Y13, Y13              \
	ADD(Y9, Y11)

// SCALE puts half the scales of 8 rows into y.
#define SCALE(scales, y) \
	VPMOVZXBD (scales)(AX), y \
	VPSLLD $23, y, y          \
	VMULPS Y8, y, y

// func mxfp4AVX2(c *Call)
TEXT ·mxfp4AVX2(SB), $984-8
	ENTER_INT8(256, 16)
	CMPQ T, $4
	JNE  many
	PAIR_BEGIN
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	BLOCKS_BEGIN(turn1, stream1)
	FETCH4_FAR(0)
	VPBROADCASTD (QSTART)(XP*1), Y7
	LINE(0, 0, Y7, Y7)
	LINE(64, 8, Y2, Y3)
	LINE(128, 16, Y2, Y3)
	LINE(192, 24, Y2, Y3)
	VBROADCASTSS (QSCALE)(XP*1), Y8
	SCALES
	ROWS(0, Y2, Y0)
	ROWS(8, Y3, Y1)
	BLOCKS_END(turn1, stream1, done1, 256, 16, $4)
	MOVQ Call_Y(CALL), AX
	VPBROADCASTD half<>(SB), Y8
	VMULPS Y8, Y0, Y0
	VMULPS Y8, Y1, Y1
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
	BLOCKS_END(turn, stream, done, 256, 16, XTURN)
	VZEROUPPER
	RET
