// Shared by the AVX2 kernels that multiply f32 rows: 16 rows of W times some tokens at a
// time, with their sums in registers. Columns come into LO (rows 0-7) and HI (8-15) one
// after the other. A token has a chain of even columns and one of odd ones, the same for
// any number of tokens, so that a row gives the same bits alone and in a batch.

#include "stream_avx2_amd64.h"

#define TURNS CX
#define N R11
#define XSEGMENT R13
#define XTURN R14
#define SUMS DI // of all tokens, 64 bytes each: first the even chains, then the odd ones
#define ODDSUMS (12*64)
#define LO Y12
#define HI Y13
#define VALUE Y14

// MUL multiplies with a value at offset x of a row. XP is 128 bytes ahead: offsets from
// -128 to 127 have short codes.
#define MUL(x, lo, hi) \
	VBROADCASTSS (x-128)(XP), VALUE \
	VFMADD231PS LO, VALUE, lo       \
	VFMADD231PS HI, VALUE, hi

// A1 to A3 multiply an even column with so many tokens, given the offset of its value in
// the first one's row; B1 to B3 an odd column; AB4 to AB6 either kind.
#define A1(x) MUL(x, Y0, Y1)
#define B1(x) MUL(x, Y6, Y7)
#define A2(x) \
	A1(x) \
	MUL(x+64, Y2, Y3)
#define B2(x) \
	B1(x) \
	MUL(x+64, Y8, Y9)
#define A3(x) \
	A2(x) \
	MUL(x+128, Y4, Y5)
#define B3(x) \
	B2(x) \
	MUL(x+128, Y10, Y11)
#define AB4(x) \
	A3(x) \
	B1(x+192)
#define AB5(x) \
	A3(x) \
	B2(x+192)
#define AB6(x) \
	A3(x) \
	B3(x+192)

// ENTER_FLOAT begins a kernel with turns of so many columns and bytes, and a frame of 1664.
#define ENTER_FLOAT(columns, bytes) \
	MOVQ c+0(FP), CALL             \
	LEAQ memory-1664(SP), SUMS    \
	ADDQ $63, SUMS                 \
	ANDQ $~63, SUMS                \
	MOVQ Call_W(CALL), W           \
	ADDQ Call_Codes(CALL), W       \
	MOVQ Call_X(CALL), X           \
	SEGMENTS(columns, bytes)       \
	MOVQ TURNS, turns-16(SP)       \
	MOVQ Call_Tokens(CALL), XTURN  \
	IMUL3Q $(4*columns), XTURN, XTURN \
	MOVQ TURNS, XSEGMENT           \
	IMULQ XTURN, XSEGMENT          \
	VXORPS LO, LO, LO              \
	MOVQ $1536, N                  \
clear:                                 \
	VMOVAPS LO, -32(SUMS)(N*1)     \
	VMOVAPS LO, -64(SUMS)(N*1)     \
	SUBQ $64, N                    \
	JNZ  clear

// AHEAD points NEAR at the next stretch or, in the last one, at the panel read next.
#define AHEAD(bytes) \
	IMUL3Q $bytes, TURNS, NEAR  \
	CMPQ TURNS, turns-16(SP)    \
	JNE  10(PC)                 \
	MOVQ Call_Streams(CALL), AX \
	IMULQ SEGMENT, AX           \
	ADDQ AX, NEAR               \
	SUBQ SEGMENT, NEAR          \
	ADDQ Call_W(CALL), AX       \
	ADDQ Call_Codes(CALL), AX   \
	CMPQ AX, Call_End(CALL)     \
	JNE  2(PC)                  \
	ADDQ Call_Jump(CALL), NEAR

// RESULTS adds up the chains and stores the sums; ROWS may do something with them.
#define RESULTS(ROWS) \
	MOVQ Call_Y(CALL), AX      \
	MOVQ Call_Tokens(CALL), N  \
results:                           \
	VMOVAPS (SUMS), LO         \
	VMOVAPS 32(SUMS), HI       \
	VADDPS ODDSUMS(SUMS), LO, LO   \
	VADDPS (ODDSUMS+32)(SUMS), HI, HI \
	ROWS                       \
	VMOVUPS LO, (AX)           \
	VMOVUPS HI, 32(AX)         \
	ADDQ $64, AX               \
	ADDQ $64, SUMS             \
	DECQ N                     \
	JNZ  results               \
	VZEROUPPER                 \
	RET
