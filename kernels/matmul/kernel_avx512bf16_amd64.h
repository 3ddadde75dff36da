// Shared by the kernels of VDPBF16PS: func(c *Call), pairs of panels of 16 rows times 1..12
// tokens in bf16. The products of a pair of columns are one instruction. A token has a sum
// for each panel, and a pair of its values, once broadcast, is multiplied with both: 2
// loads of weights and 12 of values for 24 products, which a core that loads twice and
// multiplies twice a cycle hides, where a load a product held it at 85 % of its peak.
//
// A product takes 6 cycles (Zen 5), in which its two chains read 128 bytes of BF16 with one
// token: 70 GB/s a core, above any memory.
//
// The lines of the two panels alternate (kernels.Matrix.Paired). Loops are unrolled until each
// instruction loads every 4096 bytes: where one comes back every 512 or 1024, a Zen 5 reads a
// quarter less from memory. Its prefetchers follow single instructions, too, within a page.

#include "kernel_avx512_amd64.h"

#define XSTEP R9   // bytes of a block of 16 columns of all tokens
#define YSTRIDE AX // between turns: from a token's first results to the second panel's

// BEGIN_BF16 begins a pair of panels, with the sums at 0.
#define BEGIN_BF16(EACH) \
	MOVQ Call_B(CALL), X \
	MOVQ TOKENS, XSTEP   \
	SHLQ $5, XSTEP       \
	SHRQ $4, BLOCKS      \
	EACH(ZERO, zeroed)

// VDPBF16PS adds the products of registers s and v to d, all given by number: Go's
// assembler does not have it. EVEX, map 2, prefix F3, W0, opcode 52, 512 bits.
#define VDPBF16PS(s, v, d) \
	BYTE $0x62                                                              \
	BYTE $((((d)&8)<<4|((s)&16)<<2|((s)&8)<<2|((d)&16))^0xF2)               \
	BYTE $((((v)&15)^15)<<3|6); BYTE $(0x40|(((v)&16)^16)>>1)               \
	BYTE $0x52; BYTE $(0xC0|((d)&7)<<3|((s)&7))

// PRODUCTS multiplies the pair of values at an offset with those of two panels. A Zen 4 does
// VPBROADCASTD while it loads, but VBROADCASTSS where it shuffles, too: with it the unpacking of
// FP8 came to wait, and 12 tokens took a seventh longer.
#define PRODUCTS(x, t, w0, w1) \
	VPBROADCASTD (32*t+x)(X), Z4 \
	VDPBF16PS(4, w0, 8+t)        \
	VDPBF16PS(4, w1, 20+t)

// AHEAD_OF asks for the 32 bytes of a token some blocks further on. Rows that are many are in a
// third-level cache, and whether hardware prefetchers see that they are read in order depends on
// where the linker put the code: of ten places a Zen 5 multiplied half as fast at one.
#define AHEAD_OF(t) PREFETCHT0 (32*t+2048)(X)

// Four columns each, quarters of a block: weights in Z0 and Z1, of the first panel, and Z2
// and Z3, of the second. Nothing but the token is asked of what EACH passes.
#define MULTIPLY0(t, a, b) \
	AHEAD_OF(t)          \
	PRODUCTS(0, t, 0, 2) \
	PRODUCTS(4, t, 1, 3)

#define MULTIPLY1(t, a, b) \
	PRODUCTS(8, t, 0, 2) \
	PRODUCTS(12, t, 1, 3)

#define MULTIPLY2(t, a, b) \
	PRODUCTS(16, t, 0, 2) \
	PRODUCTS(20, t, 1, 3)

#define MULTIPLY3(t, a, b) \
	PRODUCTS(24, t, 0, 2) \
	PRODUCTS(28, t, 1, 3)

// RESULTS_PAIRS begins with the first token.
#define RESULTS_PAIRS \
	RESULTS              \
	MOVQ TOKENS, YSTRIDE \
	SHLQ $6, YSTRIDE

#define STORE(t, a, b) \
	VMOVUPS a, (Y)            \
	VMOVUPS b, (Y)(YSTRIDE*1) \
	ADDQ $64, Y
