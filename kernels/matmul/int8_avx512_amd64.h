// Shared by the AVX-512 kernels that multiply int8 rows: func(c *Call), pairs of panels of 16
// rows times 1..12 tokens, one block of 32 columns a turn. A token has an integer sum of the
// block for each panel; its f32 results so far are in memory.
//
// Four codes of a token are broadcast once and multiplied with both panels: with an operand
// of its own for every product, loads take as long as products, and longer on cores that
// load less than twice a cycle.
//
// Weights come as unsigned bytes, 128 too large. Integer sums therefore begin at QMagic, and
// end as the f32 magic + dot: a dot product is at most 2^19.
//
// The lines of the two panels alternate (kernels.Matrix.Paired), so that memory is read in the
// order of its addresses, ahead of which hardware prefetchers run, too.
//
// A token and block are 16 VPDPBUSD, 4 operations that add to results, and 12 loads or so.

#include "kernel_avx512_amd64.h"

#define S DI                   // row scales of the first panel, a line before the second one's
#define XSCALE R15             // scales of the tile: [block][token]
#define XMAGIC R9              // from there to where sums begin
#define XSTEP DX               // bytes of codes of a block
#define Y2 AX                  // results of the second panel, between turns

#define VALUES Z6 // of one token

// BEGIN_INT8 begins a pair of panels, with results 0.
#define BEGIN_INT8(EACH) \
	MOVQ TOKENS, XSTEP             \
	SHLQ $5, XSTEP                 \
	MOVQ Call_Q(CALL), X           \
	MOVQ Call_QScale(CALL), XSCALE \
	MOVQ Call_QMagic(CALL), XMAGIC \
	SUBQ XSCALE, XMAGIC            \
	SHRQ $5, BLOCKS                \
	VPXORD VALUES, VALUES, VALUES  \
	RESULTS2                       \
	EACH(CLEAR, cleared)

// RESULTS2 points at the results of both panels.
#define RESULTS2 \
	RESULTS               \
	LEAQ (Y)(XSTEP*2), Y2

#define CLEAR(t, a, b) \
	VMOVUPS VALUES, (64*t)(Y) \
	VMOVUPS VALUES, (64*t)(Y2)

// GROUP begins a group of blocks with the lines of their scales.
#define GROUP(SCALES_AT) \
	AIM       \
	FETCH(0)  \
	SCALES_AT \
	ADDQ $128, W

// COPY copies the scales: every block reads some, ever further behind the codes, and next to the
// stream that is enough for a Zen 4 to lose it, of MXFP4 with one token a seventh. Kernels have a
// frame of 192 bytes for them, aligned.
#define COPY \
	VMOVDQU32 (W), Z0      \
	VMOVDQU32 64(W), Z1    \
	LEAQ scales-192(SP), S \
	ADDQ $63, S            \
	ANDQ $~63, S           \
	VMOVDQU32 Z0, (S)      \
	VMOVDQU32 Z1, 64(S)

// IN_PLACE leaves them where they are: with many tokens memory is far from its limit, and MXFP4's
// first products would wait for what was just stored, 6 % of the time of a Zen 5.
#define IN_PLACE MOVQ W, S

// BEGIN begins a pair, a group and a block.
#define BEGIN(name, lines, EACH, SCALES_AT) \
pair:                                \
	KEEP_CODE(name, lines, keep) \
	BEGIN_INT8(EACH)             \
group:                               \
	GROUP(SCALES_AT)             \
block:                               \
	AIM

// PRODUCTS multiplies four codes of a token with both panels.
#define PRODUCTS(at, w1, w2, a, b) \
	VPBROADCASTD (at)(X), VALUES \
	VPDPBUSD VALUES, w1, a       \
	VPDPBUSD VALUES, w2, b

// Eight columns each: weights in Z0 and Z1, of the first panel, and Z2 and Z3.
#define MULTIPLY0(t, a, b) \
	PRODUCTS(32*t, Z0, Z2, a, b)   \
	PRODUCTS(32*t+4, Z1, Z3, a, b)

#define MULTIPLY1(t, a, b) \
	PRODUCTS(32*t+8, Z0, Z2, a, b)  \
	PRODUCTS(32*t+12, Z1, Z3, a, b)

#define MULTIPLY2(t, a, b) \
	PRODUCTS(32*t+16, Z0, Z2, a, b) \
	PRODUCTS(32*t+20, Z1, Z3, a, b)

#define MULTIPLY3(t, a, b) \
	PRODUCTS(32*t+24, Z0, Z2, a, b) \
	PRODUCTS(32*t+28, Z1, Z3, a, b)

// ADD_RESULTS adds what was made of a token's sums, times its scale, to its results.
#define ADD_RESULTS(t, a, b) \
	VPBROADCASTD (4*t)(XSCALE), VALUES \
	VFMADD213PS (64*t)(Y), VALUES, a   \
	VFMADD213PS (64*t)(Y2), VALUES, b  \
	VMOVUPS a, (64*t)(Y)               \
	VMOVUPS b, (64*t)(Y2)

// NEXT goes on to the next block, so many bytes of a panel's codes further on, or to the next
// group.
#define NEXT(bytes, group, block, done) \
	ADDQ $(2*bytes), W              \
	ADDQ $(bytes/16), S             \
	ADDQ XSTEP, X                   \
	LEAQ (XSCALE)(TOKENS*4), XSCALE \
	DECQ BLOCKS                     \
	JZ   done                       \
	TESTQ $63, S                    \
	JNZ  block                      \
	JMP  group                      \
done:
