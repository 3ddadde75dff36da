// What the MXFP4 kernel for AVX2 is made of: blocks of one stream, and codes that become bytes.

#include "int8_avx2_amd64.h"

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
