// Shared by the AVX2 kernels that multiply f32 rows: 16 rows of W times 3, 2 or 1 tokens
// at a time, with all sums in registers. Columns come into LO (rows 0-7) and HI (8-15)
// one after the other; A multiplies even columns, B odd ones, given the offset of the
// column's value in a token's row. The two chains are the same for any number of
// tokens, so that a row gives the same bits alone and in a batch.
//
// A column of 3 tokens is 6 FMA, 3 broadcasts and the unpacking: near the peak of FMA.
// With one token memory is the bound.

#include "stream_avx2_amd64.h"

#define TURNS CX
#define N R11
#define XSEGMENT R13
#define LO Y12
#define HI Y13
#define VALUE Y14

#define MUL(x, lo, hi) \
	VBROADCASTSS (x)(XP), VALUE \
	VFMADD231PS LO, VALUE, lo   \
	VFMADD231PS HI, VALUE, hi

#define A1(x) MUL(x, Y0, Y1)
#define B1(x) MUL(x, Y2, Y3)
#define A2(x) \
	MUL(x, Y0, Y1) \
	MUL(x+64, Y2, Y3)
#define B2(x) \
	MUL(x, Y4, Y5) \
	MUL(x+64, Y6, Y7)
#define A3(x) \
	A2(x) \
	MUL(x+128, Y4, Y5)
#define B3(x) \
	MUL(x, Y6, Y7)    \
	MUL(x+64, Y8, Y9) \
	MUL(x+128, Y10, Y11)

// JOIN1 to JOIN3 add up the two chains of one to three tokens.
#define JOIN1 \
	VADDPS Y2, Y0, Y0 \
	VADDPS Y3, Y1, Y1
#define JOIN2 \
	VADDPS Y4, Y0, Y0 \
	VADDPS Y5, Y1, Y1 \
	VADDPS Y6, Y2, Y2 \
	VADDPS Y7, Y3, Y3
#define JOIN3 \
	VADDPS Y6, Y0, Y0  \
	VADDPS Y7, Y1, Y1  \
	VADDPS Y8, Y2, Y2  \
	VADDPS Y9, Y3, Y3  \
	VADDPS Y10, Y4, Y4 \
	VADDPS Y11, Y5, Y5

#define CLEAR \
	VXORPS Y0, Y0, Y0    \
	VXORPS Y1, Y1, Y1    \
	VXORPS Y2, Y2, Y2    \
	VXORPS Y3, Y3, Y3    \
	VXORPS Y4, Y4, Y4    \
	VXORPS Y5, Y5, Y5    \
	VXORPS Y6, Y6, Y6    \
	VXORPS Y7, Y7, Y7    \
	VXORPS Y8, Y8, Y8    \
	VXORPS Y9, Y9, Y9    \
	VXORPS Y10, Y10, Y10 \
	VXORPS Y11, Y11, Y11

// EACH1 to EACH3 do something with the sums of every token.
#define EACH1(DO) \
	DO(Y0, Y1)
#define EACH2(DO) \
	EACH1(DO) \
	DO(Y2, Y3)
#define EACH3(DO) \
	EACH2(DO) \
	DO(Y4, Y5)

// Where the results of the first token left are, and how far it is to the next.
#define Y AX
#define STRIDE DX
#define Y_BEGIN \
	MOVQ y-16(SP), Y               \
	MOVQ Call_Stride(CALL), STRIDE \
	SHLQ $2, STRIDE

#define STORE(lo, hi) \
	VMOVUPS lo, (Y)   \
	VMOVUPS hi, 32(Y) \
	ADDQ STRIDE, Y

#define ENTER_FLOAT \
	MOVQ c+0(FP), CALL         \
	MOVQ Call_Tokens(CALL), AX \
	MOVQ AX, left-8(SP)        \
	MOVQ Call_Y(CALL), AX      \
	MOVQ AX, y-16(SP)          \
	MOVQ Call_X(CALL), AX      \
	MOVQ AX, x-24(SP)

// CHOOSE begins a pass over the panel with some of the tokens left: 4 are 2 and 2, 5
// are 3 and 2.
#define CHOOSE(columns, bytes) \
	MOVQ Call_W(CALL), W              \
	MOVQ x-24(SP), X                  \
	SEGMENTS(columns, bytes)          \
	MOVQ Call_Tokens(CALL), XSEGMENT  \
	IMUL3Q $(4*columns), XSEGMENT, XSEGMENT \
	MOVQ XSEGMENT, xturn-32(SP)       \
	IMULQ TURNS, XSEGMENT             \
	CLEAR                             \
	CMPQ left-8(SP), $3               \
	JEQ  three                        \
	CMPQ left-8(SP), $5               \
	JGE  three                        \
	CMPQ left-8(SP), $2               \
	JGE  two

// NEXT goes on to the tokens left.
#define NEXT(tokens) \
	MOVQ Y, y-16(SP)            \
	ADDQ $(64*tokens), x-24(SP) \
	SUBQ $tokens, left-8(SP)    \
	JNZ  pass                   \
	VZEROUPPER                  \
	RET
