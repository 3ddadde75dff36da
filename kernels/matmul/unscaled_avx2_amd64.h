// Shared by the AVX2 kernels of formats without scales: a stretch is a few turns in each
// segment, and chains go on from stretch to stretch.

#include "pass_avx2_amd64.h"

#define WSTEP SEGMENT
#define XSTEP XSEGMENT
#define STEPS Call_Streams(CALL)
#define BEGIN(at, y) VMOVAPS at(AX), y
#define END(at, y) VMOVAPS y, at(AX)
#define ENDING
#define EVEN0 EVEN
#define ROWS

#define PAIR(i, A, B) \
	EVEN(i, A) \
	ODD(i, B)

#define COLUMNS(A, B) \
	FETCHES       \
	PAIR(0, A, B) \
	PAIR(1, A, B) \
	PAIR(2, A, B) \
	PAIR(3, A, B) \
	PAIR(4, A, B) \
	PAIR(5, A, B) \
	PAIR(6, A, B) \
	PAIR(7, A, B)

// UNSCALED is such a kernel, with turns of so many bytes for 16 columns, in stretches of
// two turns. Up to three tokens are one pass over everything, whose several streams are
// left to hardware prefetchers: it fetches where it is, which costs next to nothing.
#define UNSCALED(bytes) \
	ENTER_FLOAT(16, bytes)         \
stretch:                               \
	MOVQ W, w-24(SP)               \
	MOVQ X, x-32(SP)               \
	MOVQ turns-16(SP), TURNS       \
	XORL NEAR, NEAR                \
	CMPQ Call_Tokens(CALL), $3     \
	JLE  few                       \
	CMPQ TURNS, $2                 \
	JLE  2(PC)                     \
	MOVQ $2, TURNS                 \
	AHEAD(bytes)                   \
few:                                   \
	MOVQ TURNS, stretch-40(SP)     \
	PASSES(bytes, 8)               \
	MOVQ stretch-40(SP), AX        \
	MOVQ AX, X                     \
	IMULQ XTURN, X                 \
	ADDQ x-32(SP), X               \
	SUBQ AX, turns-16(SP)          \
	JNZ  stretch                   \
	RESULTS(ROWS)
