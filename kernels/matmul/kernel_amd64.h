// Shared by the kernels of this folder: func(c *Call), one panel of 16 rows
// times 1..12 tokens. Registers keep these roles throughout:

#include "textflag.h"
#include "go_asm.h"

#define CALL BX
#define W SI       // codes of the panel, moving forward
#define S DI       // its scales
#define X R8       // rows of the tile: [block][token][columns], so it only moves forward
#define XSCALE R9  // scales and sums of int8 rows: [block][token]
#define XSUM R10
#define Y R11      // results of token 0
#define STRIDE R12 // bytes between the rows of Y
#define YT R13     // results of the current token
#define LEFT R14   // tokens left in this block
#define BLOCKS CX

// ENTER loads what all kernels need.
#define ENTER \
	MOVQ c+0(FP), CALL             \
	MOVQ Call_W(CALL), W           \
	MOVQ Call_S(CALL), S           \
	MOVQ Call_K(CALL), BLOCKS      \
	MOVQ Call_Y(CALL), Y           \
	MOVQ Call_Stride(CALL), STRIDE \
	SHLQ $2, STRIDE

// AHEAD points AX at W + distance, or Jump further on if that is at or beyond
// End: where this worker reads next.
#define AHEAD(distance) \
	MOVQ distance(CALL), AX      \
	ADDQ W, AX                   \
	MOVQ Call_Jump(CALL), DX     \
	ADDQ AX, DX                  \
	CMPQ AX, Call_End(CALL)      \
	CMOVQCC DX, AX

// FETCH4 and FETCH8 fetch 4 or 8 lines, near and far.
#define FETCH4 \
	AHEAD(Call_Near)     \
	PREFETCHT0 (AX)      \
	PREFETCHT0 64(AX)    \
	PREFETCHT0 128(AX)   \
	PREFETCHT0 192(AX)   \
	AHEAD(Call_Far)      \
	PREFETCHT1 (AX)      \
	PREFETCHT1 64(AX)    \
	PREFETCHT1 128(AX)   \
	PREFETCHT1 192(AX)

#define FETCH8 \
	FETCH4               \
	PREFETCHT1 256(AX)   \
	PREFETCHT1 320(AX)   \
	PREFETCHT1 384(AX)   \
	PREFETCHT1 448(AX)   \
	AHEAD(Call_Near)     \
	PREFETCHT0 256(AX)   \
	PREFETCHT0 320(AX)   \
	PREFETCHT0 384(AX)   \
	PREFETCHT0 448(AX)

// TOKENS_BEGIN and TOKENS_END bracket what is done for each token of a block.
#define TOKENS_BEGIN(loop) \
	MOVQ Call_Tokens(CALL), LEFT \
	MOVQ Y, YT                   \
loop:

#define TOKENS_END(loop) \
	ADDQ STRIDE, YT \
	DECQ LEFT       \
	JNZ  loop
