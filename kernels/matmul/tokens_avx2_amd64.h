// Shared by the AVX2 kernels that multiply int8 rows: what they do with several tokens. A
// block is multiplied in two parts of 16 columns, short loops over all tokens: one loop that
// did everything would be longer than what a core looks ahead. The first part leaves its
// sums, 32 bytes a token and 8 rows, at SUMSAT.

#include "int8_avx2_amd64.h"

#define HIGHSUMS (12*32) // from the sums of rows 0-7 to those of 8-15

// PLACE leaves SUMS where the first part's sums are at T*8, like a token's codes.
#define PLACE \
	LEAQ (XP*8), AX   \
	MOVQ SUMSAT, SUMS \
	SUBQ AX, SUMS

// TOKENS_BEGIN and TOKENS_END bracket what is done with each token.
#define TOKENS_BEGIN(loop) \
	MOVQ XP, T       \
	MOVQ XTURN, AX   \
	ADDQ XP, AX      \
	MOVQ AX, END     \
	PLACE            \
loop:

#define TOKENS_END(loop) \
	ADDQ $4, T      \
	CMPQ T, END     \
	JNE  loop

// RESULTS_BEGIN and RESULTS_END are the same with the token's results at AX.
#define RESULTS_BEGIN(loop) \
	MOVQ XTURN, T         \
	ADDQ XP, T            \
	MOVQ T, END           \
	MOVQ XP, T            \
	PLACE                 \
	MOVQ Call_Y(CALL), AX \
loop:

#define RESULTS_END(loop) \
	ADDQ $64, AX \
	TOKENS_END(loop)

// CLEAR zeroes the results of all tokens.
#define CLEAR(loop) \
	XORL XP, XP         \
	VPXOR Y0, Y0, Y0    \
	RESULTS_BEGIN(loop) \
	VMOVUPS Y0, (AX)    \
	VMOVUPS Y0, 32(AX)  \
	RESULTS_END(loop)

// KEEP ends the first part: sums of 16 rows in Y10 and Y13.
#define KEEP \
	VMOVDQU Y10, (SUMS)(T*8) \
	VMOVDQU Y13, HIGHSUMS(SUMS)(T*8)

// ADD adds the integers of 16 rows in Y10 and Y13, times the scales in lo and hi, times the
// token's scale to its results.
#define ADD(lo, hi) \
	VCVTDQ2PS Y10, Y10             \
	VCVTDQ2PS Y13, Y13             \
	VBROADCASTSS (QSCALE)(T*1), Y8 \
	VMULPS lo, Y10, Y10            \
	VMULPS hi, Y13, Y13            \
	VFMADD213PS (AX), Y8, Y10      \
	VFMADD213PS 32(AX), Y8, Y13    \
	VMOVUPS Y10, (AX)              \
	VMOVUPS Y13, 32(AX)
