// Shared by the AVX-512 kernels: func(c *Call), panels of 16 rows times 1..12 tokens.
// Weights are unpacked into Z0..Z3, a few columns at a time, and multiplied with every
// token before the next ones come. A token has two registers of its own for sums.
//
// Which token is the last is asked after each of them: a fused compare and jump that is
// never mispredicted, beside 4 products or more. Many tokens are not asked for the first six:
// where another thread of the core takes half of what a Zen 5 issues, all twelve questions take
// 3 to 5 % of the time.

#include "textflag.h"
#include "go_asm.h"

#define CALL BX
#define W SI       // codes of the panel, moving forward
#define X R8       // rows of the tile: [block][token][columns], so it only moves forward
#define TOKENS R10
#define BLOCKS CX
#define END R11    // of what this worker reads here,
#define JUMP R12   // and how much further it goes on
#define NEAR R13   // where to fetch for this turn
#define FAR R14
#define Y R13      // between turns: results of a token, 64 bytes

// KEEP_CODE asks for so many lines of a function's code as data, once a pair of panels. AMD's
// second-level caches include the first-level ones: code that runs from those is not seen there,
// looks old while weights stream through, and goes, from all of them, to be waited for again, line
// after line. A Zen 5 took a fifth longer from memory for BF16 with 12 tokens, or as little as
// from its caches, by where the linker had put the code. PREFETCHT1, which finds it in the
// second-level cache, does not make it look new.
#define KEEP_CODE(name, lines, line) \
	LEAQ name(SB), AX       \
	LEAQ (64*lines)(AX), DX \
line:                           \
	PREFETCHT0 (AX)         \
	ADDQ $64, AX            \
	CMPQ AX, DX             \
	JLT  line

// ENTER loads what all kernels need.
#define ENTER \
	MOVQ c+0(FP), CALL             \
	MOVQ Call_W(CALL), W           \
	MOVQ $0, Call_Done(CALL)       \
	MOVQ Call_K(CALL), BLOCKS      \
	MOVQ Call_Tokens(CALL), TOKENS \
	MOVQ Call_End(CALL), END       \
	MOVQ Call_Jump(CALL), JUMP

// RESULTS begins with the first token.
#define RESULTS \
	MOVQ Call_Y(CALL), Y    \
	ADDQ Call_Done(CALL), Y

// NEXT_PAIR goes on to the next pair of panels, at W, if there is one.
#define NEXT_PAIR(pair) \
	MOVQ Call_K(CALL), BLOCKS   \
	MOVQ TOKENS, AX             \
	SHLQ $7, AX                 \
	ADDQ Call_Done(CALL), AX    \
	MOVQ AX, Call_Done(CALL)    \
	SHRQ $2, AX                 \
	CMPQ AX, (Call_Y+8)(CALL)   \
	JLT  pair

// EACH does something with token t and its two registers for every token, FEW for 1 to 5 of
// them (fewer than halfTile), MANY for 6 to 12.
#define MORE(n, end) \
	CMPQ TOKENS, $n \
	JLT  end

#define FIRST5(DO, end) \
	DO(0, Z8, Z20)  \
	MORE(2, end)    \
	DO(1, Z9, Z21)  \
	MORE(3, end)    \
	DO(2, Z10, Z22) \
	MORE(4, end)    \
	DO(3, Z11, Z23) \
	MORE(5, end)    \
	DO(4, Z12, Z24)

#define LAST6(DO, end) \
	MORE(7, end)     \
	DO(6, Z14, Z26)  \
	MORE(8, end)     \
	DO(7, Z15, Z27)  \
	MORE(9, end)     \
	DO(8, Z16, Z28)  \
	MORE(10, end)    \
	DO(9, Z17, Z29)  \
	MORE(11, end)    \
	DO(10, Z18, Z30) \
	MORE(12, end)    \
	DO(11, Z19, Z31) \
end:

#define FEW(DO, end) \
	FIRST5(DO, end) \
end:

#define EACH(DO, end) \
	FIRST5(DO, end) \
	MORE(6, end)    \
	DO(5, Z13, Z25) \
	LAST6(DO, end)

#define MANY(DO, end) \
	DO(0, Z8, Z20)  \
	DO(1, Z9, Z21)  \
	DO(2, Z10, Z22) \
	DO(3, Z11, Z23) \
	DO(4, Z12, Z24) \
	DO(5, Z13, Z25) \
	LAST6(DO, end)

#define ZERO(t, a, b) \
	VPXORD a, a, a \
	VPXORD b, b, b

// AHEAD leaves W + distance in a register, or JUMP further on if that is at or beyond END.
#define AHEAD(distance, to) \
	MOVQ distance(CALL), to \
	ADDQ W, to              \
	LEAQ (to)(JUMP*1), AX   \
	CMPQ to, END            \
	CMOVQCC AX, to

// SCALES_AHEAD goes through the scales in front of all codes, of so many panels side by side:
// like every line they fetch the one as much ahead. A line left out is one that every call
// waits for.
#define SCALES_AHEAD(panels, FETCH, end, line) \
	MOVQ Call_Codes(CALL), end \
	LEAQ (W)(end*panels), end  \
line:                              \
	AIM                        \
	FETCH                      \
	ADDQ $(64*panels), W       \
	CMPQ W, end                \
	JLT  line

// AIM aims for a turn.
#define AIM \
	AHEAD(Call_Near, NEAR) \
	AHEAD(Call_Far, FAR)

// FETCH fetches, where panels lie in pairs, the lines of both that are as near and as far ahead
// as the one at an offset of a panel: one that is nowhere ahead is the line itself, which costs
// next to nothing. It is put where a line is multiplied: a burst of them holds up the values of
// tokens, which may be in the second-level cache.
#define FETCH(at) \
	PREFETCHT0 (2*(at))(NEAR)    \
	PREFETCHT0 (2*(at)+64)(NEAR) \
	PREFETCHT1 (2*(at))(FAR)     \
	PREFETCHT1 (2*(at)+64)(FAR)

// FETCH4 fetches 4 lines from an offset, near and, unless that is here, far.
#define FETCH4(at) \
	PREFETCHT0 (at)(NEAR)     \
	PREFETCHT0 (at+64)(NEAR)  \
	PREFETCHT0 (at+128)(NEAR) \
	PREFETCHT0 (at+192)(NEAR) \
	CMPQ FAR, W               \
	JEQ  5(PC)                \
	PREFETCHT1 (at)(FAR)      \
	PREFETCHT1 (at+64)(FAR)   \
	PREFETCHT1 (at+128)(FAR)  \
	PREFETCHT1 (at+192)(FAR)
