// What the MXFP4 kernel for AVX2 is made of: how it reads its streams, and codes that become
// bytes.

#include "int8_avx2_amd64.h"

#define MASK Y11
#define TABLE Y12
#define HIGH Y13
#define HALF Y15

// With one token the rows' scales are 4 times as far into S as XP is.
#define S T
#define SNEXT SUMS // those of the next panel

#define LEAP leap-968(SP)       // from the end of a segment to its place in the next panel
#define NEARLEAP nearleap-976(SP) // turns left when NEAR gets there
#define FARLEAP farleap-984(SP)

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

// The low half of every byte.
DATA nibble<>+0(SB)/4, $0x0f0f0f0f
GLOBL nibble<>(SB), RODATA|NOPTR, $4

// Codes are doubled.
DATA half<>+0(SB)/4, $0x3f000000
GLOBL half<>(SB), RODATA|NOPTR, $4

// LEAD sets NEAR and FAR: the call's distances, shared by the streams.
#define LEAD \
	MOVQ Call_Streams(CALL), AX \
	IMULQ SEGMENT, AX           \
	LEAQ (W)(AX*1), WP          \
	SUBQ SEGMENT, AX            \
	CMPQ WP, Call_End(CALL)     \
	JNE  2(PC)                  \
	ADDQ Call_Jump(CALL), AX    \
	MOVQ AX, LEAP               \
	LEAD_ONE(Call_Near, NEARLEAP, NEAR) \
	LEAD_ONE(Call_Far, FARLEAP, FAR)

#define LEAD_ONE(distance, leap, at) \
	MOVQ distance(CALL), AX \
	XORL DX, DX             \
	DIVQ Call_Streams(CALL) \
	MOVQ AX, at             \
	SHRQ $8, AX             \
	CMPQ AX, TURNS          \
	JLS  2(PC)              \
	MOVQ TURNS, AX          \
	MOVQ AX, leap

// BLOCKS_BEGIN and BLOCKS_END bracket what is done with a block.
#define BLOCKS_BEGIN(turn, stream) \
turn:                               \
	MOVQ TURNS, AX              \
	CMPQ AX, NEARLEAP           \
	JNE  2(PC)                  \
	ADDQ LEAP, NEAR             \
	CMPQ AX, FARLEAP            \
	JNE  2(PC)                  \
	ADDQ LEAP, FAR              \
	MOVQ W, WP                  \
	MOVQ X, XP                  \
	MOVQ Call_Streams(CALL), AX \
	MOVQ AX, N                  \
stream:                             \
	TESTQ FAR, FAR              \
	JEQ   5(PC)                 \
	PREFETCHT1 (WP)(FAR*1)      \
	PREFETCHT1 64(WP)(FAR*1)    \
	PREFETCHT1 128(WP)(FAR*1)   \
	PREFETCHT1 192(WP)(FAR*1)

#define BLOCKS_END(turn, stream, xbytes) TURN_END(turn, stream, 256, xbytes)

// FETCH fetches one of a block's lines, and is put where the line is multiplied: a core
// takes few lines at once.
#define FETCH(at) PREFETCHT0 (at)(WP)(NEAR*1)

// PAIR_BEGIN sets what PAIR needs.
#define PAIR_BEGIN \
	VPBROADCASTD nibble<>(SB), MASK \
	VPSLLW $4, MASK, HIGH           \
	VBROADCASTI128 e2m1Offset<>(SB), TABLE

#define PAIR(from, lo, hi) \
	VPAND (from)(WP), MASK, lo \
	VPAND (from)(WP), HIGH, hi \
	VPSRLW $4, hi, hi      \
	VPSHUFB lo, TABLE, lo  \
	VPSHUFB hi, TABLE, hi

// OFFSET leaves -12 times the sum of the token's codes in y: their sum is within 16 bits.
#define OFFSET(token, y) \
	VPBROADCASTD (QSUM)(token*1), y \
	VPMADDWD minus12<>(SB), y, y
