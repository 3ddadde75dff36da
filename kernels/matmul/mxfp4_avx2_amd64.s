//go:build !purego

#include "int8_avx2_amd64.h"

// MXFP4 times int8 rows: 272 bytes and 1024 FLOP a token per block of 32 columns. Codes
// become unsigned bytes, 2*value + 12 <= 24; VPMADDUBSW adds pairs of products, at most
// 24*127*2, so that four of them still fit 16 bits.
//
// With one token, sums in registers, 95 vector operations a block, most of them to unpack:
// about 30 GB/s a core. With more, in parts of 16 columns, unpacked once for all tokens:
// 25 operations per 256 products, where the peak has 24 and more of them on few ports.

#define MASK Y11
#define TABLE Y12
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

// Codes are doubled.
DATA half<>+0(SB)/4, $0x3f000000
GLOBL half<>(SB), RODATA|NOPTR, $4

// BLOCKS_BEGIN and BLOCKS_END bracket what is done with a block. The panel is one stream,
// see streams in matmul.go: WP and XP move on, and W is free to point to scales.
#define BLOCKS_BEGIN(loop) \
	ALONE_BEGIN                \
	MOVQ W, WP                 \
	XORL XP, XP                \
	MOVQ Call_S(CALL), W       \
	SHRQ $4, SEGMENT           \
loop:                              \
	ALONE_FETCH4               \
	PREFETCHT0 (W)(SEGMENT*1) // those of the next panel

#define BLOCKS_END(loop, xbytes) \
	ADDQ $256, WP   \
	ADDQ xbytes, XP \
	ADDQ $16, W     \
	DECQ TURNS      \
	JNZ  loop

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
	VPMOVZXBD (scales)(W), Y4 \
	VPSLLD $23, Y4, Y4         \
	VMULPS Y8, Y4, Y4          \
	VCVTDQ2PS sum, sum         \
	VFMADD231PS Y4, sum, y

// PART multiplies 16 columns of 16 rows with every token: 16-bit sums.
#define PART(loop, from, x, at) \
	VBROADCASTI128 e2m1Offset<>(SB), TABLE \
	PAIR(from, Y0, Y1)              \
	PAIR(from+64, Y2, Y3)           \
	PAIR(from+32, Y4, Y5)           \
	PAIR(from+96, Y6, Y7)           \
	TOKENS_BEGIN(loop)              \
	VPBROADCASTD (x)(Q)(T*8), Y8    \
	VPBROADCASTD (x+4)(Q)(T*8), Y9  \
	VPMADDUBSW Y8, Y0, Y10          \
	VPMADDUBSW Y8, Y4, Y13          \
	VPMADDUBSW Y9, Y1, Y12          \
	VPMADDUBSW Y9, Y5, Y15          \
	VPADDW Y12, Y10, Y10            \
	VPADDW Y15, Y13, Y13            \
	VPBROADCASTD (x+8)(Q)(T*8), Y8  \
	VPBROADCASTD (x+12)(Q)(T*8), Y9 \
	VPMADDUBSW Y8, Y2, Y12          \
	VPMADDUBSW Y8, Y6, Y15          \
	VPADDW Y12, Y10, Y10            \
	VPADDW Y15, Y13, Y13            \
	VPMADDUBSW Y9, Y3, Y12          \
	VPMADDUBSW Y9, Y7, Y15          \
	VPADDW Y12, Y10, Y10            \
	VPADDW Y15, Y13, Y13            \
	VMOVDQU Y10, (at)(SUMS)         \
	VMOVDQU Y13, (at+32)(SUMS)      \
	TOKENS_END(loop)

// SCALE puts half the scales of 8 rows into y.
#define SCALE(scales, y) \
	VPMOVZXBD (scales)(W), y \
	VPSLLD $23, y, y          \
	VMULPS HALF, y, y

// func mxfp4AVX2(c *Call)
TEXT ·mxfp4AVX2(SB), $1664-8
	ENTER_INT8(256)
	MOVL $0x0f0f0f0f, AX
	VMOVD AX, X11
	VPBROADCASTD X11, MASK
	VBROADCASTI128 e2m1Offset<>(SB), TABLE
	VPBROADCASTD half<>(SB), HALF
	CMPQ T, $4
	JNE  many
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	BLOCKS_BEGIN(block1)
	LINES(0, 0, Y2, Y3)
	LINES(128, 16, Y7, Y10)
	VBROADCASTSS (QSCALE)(XP*1), Y8
	VMULPS HALF, Y8, Y8
	OFFSET(XP, Y9)
	ROWS(0, Y2, Y7, Y0)
	ROWS(8, Y3, Y10, Y1)
	BLOCKS_END(block1, $4)
	MOVQ Call_Y(CALL), AX
	VMOVUPS Y0, (AX)
	VMOVUPS Y1, 32(AX)
	VZEROUPPER
	RET

many:
	CLEAR(clear)
	BLOCKS_BEGIN(block)
	PART(first, 0, 0, 0)
	PART(second, 128, 16, 64)
	VPBROADCASTD half<>(SB), HALF
	SCALE(0, Y0)
	SCALE(8, Y1)
	RESULTS_BEGIN(add)
	OFFSET(T, Y8)
	VPMADDWD (SUMS), ONES, Y9
	VPMADDWD 32(SUMS), ONES, Y10
	VPMADDWD 64(SUMS), ONES, Y12
	VPMADDWD 96(SUMS), ONES, Y13
	VPADDD Y8, Y9, Y9
	VPADDD Y8, Y10, Y10
	VPADDD Y12, Y9, Y9
	VPADDD Y13, Y10, Y10
	ADD(Y9, Y10)
	RESULTS_END(add)
	BLOCKS_END(block, XTURN)
	VZEROUPPER
	RET
