// Shared by the AVX2 kernels that multiply int8 rows, one block of 32 columns a turn. X is
// an offset into the tile's scales and sums, 4 bytes a block and token; the 32 codes
// are at 8 times that.

#include "stream_avx2_amd64.h"

#define Q R13      // codes of the tile
#define QSCALE R14 // their scales
#define QSUM DI    // and sums
#define T CX       // the current token, like XP
#define SUMS R11   // and its integer sums: see PARTS
#define TURNS turns-1608(SP)
#define N n-1616(SP)
#define XSEGMENT xsegment-1624(SP)
#define XTURN xturn-1632(SP) // 4 bytes a token
#define END end-1640(SP)     // of the tokens, like T
#define SPANEL span-1648(SP) // bytes of the panel's scales
#define STRIDE stride-1656(SP) // bytes between the rows of Y

// A block is multiplied in steps, short loops over all tokens that pass integers on
// in memory: one loop that did everything would be longer than what a core looks ahead.
// There are 128 bytes a token, two parts of the sums of 16 rows, from a cache line on.
#define PARTS parts-1664(SP)

#define ONES Y14 // 16-bit

// ENTER_INT8 begins a kernel with so many bytes of weights a block.
#define ENTER_INT8(bytes) \
	MOVQ c+0(FP), CALL             \
	MOVQ Call_Q(CALL), Q           \
	MOVQ Call_QScale(CALL), QSCALE \
	MOVQ Call_QSum(CALL), QSUM     \
	MOVQ Call_Stride(CALL), AX     \
	SHLQ $2, AX                    \
	MOVQ AX, STRIDE                \
	LEAQ memory-1600(SP), AX       \
	ADDQ $63, AX                   \
	ANDQ $-64, AX                  \
	MOVQ AX, PARTS                 \
	MOVQ Call_W(CALL), W           \
	XORL X, X                      \
	SEGMENTS(32, bytes)            \
	MOVQ SEGMENT, T                \
	IMULQ Call_Streams(CALL), T    \
	SHRQ $4, T                     \
	MOVQ T, SPANEL                 \
	MOVQ Call_Tokens(CALL), T      \
	SHLQ $2, T                     \
	MOVQ T, XTURN                  \
	IMULQ T, AX                    \
	MOVQ AX, XSEGMENT              \
	VPCMPEQW ONES, ONES, ONES      \
	VPSRLW $15, ONES, ONES

// SCALES points AX at the block's row scales, 1 byte for 16 of its codes, and fetches
// those of the next panel: a stream as thin as this is beyond hardware prefetchers.
#define SCALES \
	MOVQ WP, AX           \
	SUBQ Call_W(CALL), AX \
	SHRQ $4, AX           \
	ADDQ Call_S(CALL), AX \
	MOVQ SPANEL, T        \
	PREFETCHT0 (AX)(T*1)

// TOKENS_BEGIN and TOKENS_END bracket what is done with each token.
#define TOKENS_BEGIN(loop) \
	MOVQ XP, T       \
	MOVQ XTURN, AX   \
	ADDQ XP, AX      \
	MOVQ AX, END     \
	MOVQ PARTS, SUMS \
loop:

#define TOKENS_END(loop) \
	ADDQ $128, SUMS \
	ADDQ $4, T      \
	CMPQ T, END     \
	JNE  loop

// RESULTS_BEGIN and RESULTS_END are the same with the token's results at AX.
#define RESULTS_BEGIN(loop) \
	MOVQ XTURN, T         \
	ADDQ XP, T            \
	MOVQ T, END           \
	MOVQ XP, T            \
	MOVQ PARTS, SUMS      \
	MOVQ Call_Y(CALL), AX \
loop:

#define RESULTS_END(loop) \
	ADDQ STRIDE, AX \
	TOKENS_END(loop)

// CLEAR zeroes the results of all tokens.
#define CLEAR(loop) \
	XORL XP, XP         \
	VPXOR Y0, Y0, Y0    \
	RESULTS_BEGIN(loop) \
	VMOVUPS Y0, (AX)    \
	VMOVUPS Y0, 32(AX)  \
	RESULTS_END(loop)

// ADD adds the integers of 16 rows in lo and hi, times the scales in Y0 and Y1, times the
// token's scale to its results.
#define ADD(lo, hi) \
	VCVTDQ2PS lo, Y9               \
	VCVTDQ2PS hi, Y10              \
	VMULPS Y0, Y9, Y9              \
	VMULPS Y1, Y10, Y10            \
	VBROADCASTSS (QSCALE)(T*1), Y8 \
	VFMADD213PS (AX), Y8, Y9       \
	VFMADD213PS 32(AX), Y8, Y10    \
	VMOVUPS Y9, (AX)               \
	VMOVUPS Y10, 32(AX)
