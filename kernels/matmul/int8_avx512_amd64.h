// Shared by the AVX-512 kernels that multiply int8 rows: func(c *Call), two panels of 16
// rows times 1..12 tokens, one block of 32 columns a turn. A token has an integer sum of the
// block for each panel; its f32 results so far are in memory.
//
// A value of a row is broadcast once and multiplied with both panels: loads would be as
// many as products otherwise. The second panel of a single one is the same again: what is
// computed twice is stored twice.
//
// Weights come as unsigned bytes, 128 too large. Integer sums therefore begin at QMagic, and
// end as the f32 MAGIC + dot: a dot product is at most 2^19.

#include "kernel_avx512_amd64.h"

#define PANEL DX             // from the first panel to the second
#define PANELEND R11         // end of the first panel
#define S DI                 // row scales of the first panel, in a line before their codes
#define XSCALE R15           // scales of the tile: [block][token]
#define XMAGIC R9            // and from there to where sums begin
#define XSTEP xstep-8(SP)    // from the end of a token's block to the next block
#define YPANEL ypanel-16(SP) // from results of the first panel to those of the second
#define Y2 R14               // between turns: results of the second panel

#define X0 Z6 // values of a token
#define X1 Z7

#define ENTER_INT8 \
	MOVQ c+0(FP), CALL             \
	MOVQ Call_W(CALL), S           \
	LEAQ 64(S), W                  \
	MOVQ Call_Q(CALL), X           \
	MOVQ Call_QScale(CALL), XSCALE \
	MOVQ Call_QMagic(CALL), XMAGIC \
	SUBQ XSCALE, XMAGIC            \
	MOVQ Call_Tokens(CALL), TOKENS \
	LEAQ -1(TOKENS), AX            \
	SHLQ $5, AX                    \
	MOVQ AX, XSTEP                 \
	MOVQ Call_K(CALL), BLOCKS      \
	MOVQ Call_Stride(CALL), AX     \
	LEAQ (S)(AX*1), PANELEND       \
	MOVQ Call_Panels(CALL), PANEL  \
	DECQ PANEL                     \
	MOVQ TOKENS, Y2                \
	SHLQ $6, Y2                    \
	IMULQ PANEL, Y2                \
	MOVQ Y2, YPANEL                \
	IMULQ AX, PANEL                \
	SHRQ $5, BLOCKS                \
	MOVQ Call_Jump(CALL), JUMP     \
	RESULTS2                        \
	VPXORD X0, X0, X0              \
	EACH(CLEAR, cleared)

#define RESULTS2 \
	MOVQ Call_Y(CALL), Y \
	MOVQ YPANEL, Y2      \
	ADDQ Y, Y2

#define CLEAR(t, a, b) \
	VMOVUPS X0, (64*t)(Y) \
	VMOVUPS X0, (64*t)(Y2)

// AHEAD2 leaves W + half the distance in a register, as two places are read: behind the end
// of a panel the next two come, behind End what is JUMP further on.
#define AHEAD2(distance, to) \
	MOVQ distance(CALL), to  \
	SHRQ $1, to              \
	ADDQ W, to               \
	LEAQ (to)(PANEL*1), AX   \
	CMPQ to, PANELEND        \
	CMOVQCC AX, to           \
	LEAQ (to)(JUMP*1), AX    \
	CMPQ to, Call_End(CALL)  \
	CMOVQCC AX, to

#define AIM2 \
	AHEAD2(Call_Near, NEAR) \
	AHEAD2(Call_Far, FAR)

// FETCH8 fetches 4 lines of both panels.
#define FETCH8(at) \
	PREFETCHT0 (at)(NEAR)     \
	PREFETCHT0 (at+64)(NEAR)  \
	PREFETCHT0 (at+128)(NEAR) \
	PREFETCHT0 (at+192)(NEAR) \
	PREFETCHT0 (at)(NEAR)(PANEL*1)     \
	PREFETCHT0 (at+64)(NEAR)(PANEL*1)  \
	PREFETCHT0 (at+128)(NEAR)(PANEL*1) \
	PREFETCHT0 (at+192)(NEAR)(PANEL*1) \
	CMPQ FAR, W               \
	JEQ  9(PC)                \
	PREFETCHT1 (at)(FAR)      \
	PREFETCHT1 (at+64)(FAR)   \
	PREFETCHT1 (at+128)(FAR)  \
	PREFETCHT1 (at+192)(FAR) \
	PREFETCHT1 (at)(FAR)(PANEL*1)      \
	PREFETCHT1 (at+64)(FAR)(PANEL*1)   \
	PREFETCHT1 (at+128)(FAR)(PANEL*1)  \
	PREFETCHT1 (at+192)(FAR)(PANEL*1)

// MULTIPLY adds 8 columns to the sums of a token: those in Z0 and Z1 of the first panel,
// in Z2 and Z3 of the second.
#define MULTIPLY(t, a, b) \
	VPBROADCASTD (32*t)(X), X0   \
	VPBROADCASTD (32*t+4)(X), X1 \
	VPDPBUSD X0, Z0, a           \
	VPDPBUSD X0, Z2, b           \
	VPDPBUSD X1, Z1, a           \
	VPDPBUSD X1, Z3, b

// PART does 8 columns.
#define PART(at, end) \
	UNPACK(at) \
	EACH(MULTIPLY, end) \
	ADDQ $8, X

// NEXT goes on to the next block, of so many bytes of codes. After a line of scales and the
// blocks they belong to comes another such line.
#define NEXT(bytes, block, done) \
	ADDQ $bytes, W                  \
	ADDQ $(bytes/16), S             \
	ADDQ XSTEP, X                   \
	LEAQ (XSCALE)(TOKENS*4), XSCALE \
	DECQ BLOCKS                     \
	JZ   done                       \
	TESTQ $63, S                    \
	JNZ  block                      \
	MOVQ W, S                       \
	ADDQ $64, W                     \
	MOVQ Call_Near(CALL), AX        \
	SHRQ $1, AX                     \
	ADDQ S, AX                      \
	PREFETCHT0 (AX)                 \
	PREFETCHT0 (AX)(PANEL*1)        \
	JMP  block                      \
done:
