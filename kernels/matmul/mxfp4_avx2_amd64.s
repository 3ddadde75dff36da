//go:build !purego

#include "int8_avx2_amd64.h"

// MXFP4 times int8 rows: 272 bytes and 1024 FLOP a token per block of 32 columns. Codes
// become unsigned bytes, 2*value + 12 <= 24; VPMADDUBSW adds pairs of products, at most
// 24*127*2, so that four of them still fit 16 bits.
//
// With one token, 16 rows at a time and sums in registers, 95 vector operations a block,
// most of them to unpack: about 30 GB/s a core. With more, 8 rows at a time, unpacked
// once for all tokens: 22 operations per 256 products where the peak has 24.

#define MASK Y11
#define TABLE Y12
#define SCALE Y13
#define HALF Y15

// Twice the value of every FP4 code plus 12: an unsigned byte.
DATA e2m1Offset<>+0(SB)/8, $0x181412100f0e0d0c
DATA e2m1Offset<>+8(SB)/8, $0x00040608090a0b0c
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

// Times -12 for the low word of every lane.
DATA minus12<>+0(SB)/8, $0x0000fff40000fff4
DATA minus12<>+8(SB)/8, $0x0000fff40000fff4
DATA minus12<>+16(SB)/8, $0x0000fff40000fff4
DATA minus12<>+24(SB)/8, $0x0000fff40000fff4
GLOBL minus12<>(SB), RODATA|NOPTR, $32

#define PAIR(from, lo, hi) \
	VMOVDQU (from)(WP), lo \
	VPSRLW $4, lo, hi      \
	VPAND MASK, lo, lo     \
	VPAND MASK, hi, hi     \
	VPSHUFB lo, TABLE, lo  \
	VPSHUFB hi, TABLE, hi

// OFFSET leaves -12 times the sum of the token's codes in y: their sum is within 16 bits.
#define OFFSET(token, y) \
	VPBROADCASTD (QSUM)(token*1), y \
	VPMADDWD minus12<>(SB), y, y

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
	EIGHT(from+32, hi)               \
	VPBROADCASTD (x+8)(Q)(XP*8), Y8  \
	VPBROADCASTD (x+12)(Q)(XP*8), Y9 \
	MORE(from+64, lo)                \
	MORE(from+96, hi)                \
	VPMADDWD ONES, lo, lo            \
	VPMADDWD ONES, hi, hi

// ROWS adds two sums of 8 rows to their results so far.
#define ROWS(scales, sum, more, y) \
	VPADDD more, sum, sum      \
	VPADDD Y9, sum, sum        \
	VPMOVZXBD (scales)(AX), Y4 \
	VPSLLD $23, Y4, Y4         \
	VMULPS Y8, Y4, Y4          \
	VCVTDQ2PS sum, sum         \
	VFMADD231PS Y4, sum, y

// QUAD adds the products of four registers with 16 codes of the token into sum.
#define QUAD(x, w0, w1, w2, w3, sum) \
	VPBROADCASTD (x)(Q)(T*8), Y8     \
	VPMADDUBSW Y8, w0, sum           \
	VPBROADCASTD (x+4)(Q)(T*8), Y8   \
	VPMADDUBSW Y8, w1, Y8            \
	VPADDW Y8, sum, sum              \
	VPBROADCASTD (x+8)(Q)(T*8), Y8   \
	VPMADDUBSW Y8, w2, Y8            \
	VPADDW Y8, sum, sum              \
	VPBROADCASTD (x+12)(Q)(T*8), Y8  \
	VPMADDUBSW Y8, w3, Y8            \
	VPADDW Y8, sum, sum              \
	VPMADDWD ONES, sum, sum

// EACH multiplies 8 rows with every token.
#define EACH(loop, scales, from, y) \
	SCALES                       \
	VPMOVZXBD (scales)(AX), SCALE \
	VPSLLD $23, SCALE, SCALE     \
	VMULPS HALF, SCALE, SCALE    \
	PAIR(from, Y0, Y1)           \
	PAIR(from+64, Y2, Y3)        \
	PAIR(from+128, Y4, Y5)       \
	PAIR(from+192, Y6, Y7)       \
	TOKENS_BEGIN(loop)           \
	QUAD(0, Y0, Y1, Y2, Y3, Y10) \
	QUAD(16, Y4, Y5, Y6, Y7, Y9) \
	OFFSET(T, Y8)                \
	VPADDD Y9, Y10, Y10          \
	VPADDD Y8, Y10, Y10          \
	ADD(Y10, SCALE, y)           \
	TOKENS_END(loop)

// func mxfp4AVX2(c *Call)
TEXT ·mxfp4AVX2(SB), NOSPLIT, $48-8
	ENTER_INT8(256)
	MOVL $0x0f0f0f0f, AX
	VMOVD AX, X11
	VPBROADCASTD X11, MASK
	VBROADCASTI128 e2m1Offset<>(SB), TABLE
	MOVL $0x3f000000, AX // 0.5: codes are doubled
	VMOVD AX, X15
	VPBROADCASTD X15, HALF
	CMPQ T, $4
	JNE  many
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	TURN_BEGIN(turn1, stream1, 256)
	FETCH4(0)
	LINES(0, 0, Y2, Y3)
	LINES(128, 16, Y7, Y10)
	SCALES
	VBROADCASTSS (QSCALE)(XP*1), Y8
	VMULPS HALF, Y8, Y8
	OFFSET(XP, Y9)
	ROWS(0, Y2, Y7, Y0)
	ROWS(8, Y3, Y10, Y1)
	TURN_END(turn1, stream1, 256, $4)
	MOVQ Call_Y(CALL), YT
	VMOVUPS Y0, (YT)
	VMOVUPS Y1, 32(YT)
	VZEROUPPER
	RET

many:
	CLEAR(clear)
	TURN_BEGIN(turn, stream, 256)
	FETCH4(0)
	EACH(low, 0, 0, 0)
	EACH(high, 8, 32, 32)
	TURN_END(turn, stream, 256, XTURN)
	VZEROUPPER
	RET
