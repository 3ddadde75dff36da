// bf16 multiply-adds, which Go's assembler does not have, by register numbers.

#include "textflag.h"

// DP is VDPBF16PS Zs, Zv, Zd: to each f32 of d are added the products of the two bf16 of v
// and s in its place.
#define DP(s, v, d) \
	BYTE $0x62; BYTE $((((d&8)<<4|(s&16)<<2|(s&8)<<2|(d&16))^0xF0)|2) \
	BYTE $(((v&15)^15)<<3|6); BYTE $(0x40|((v&16)^16)>>1) \
	BYTE $0x52; BYTE $(0xC0|(d&7)<<3|(s&7))

// What kernels ask for while they work: the bytes of next, rows whose turn comes soon, so
// many with each step. Asked for in a burst they would fill the buffers a core has for
// misses, and all other loads would wait.

#define NEXT R14
#define AHEAD R15 // bytes half a step asks for

// FETCHES(steps) spreads next over so many steps, a register that is lost like AX and DX.
#define FETCHES(steps, base, len) \
	MOVQ len, AX              \
	LEAQ -1(AX)(steps*2), AX  \
	SHLQ $1, steps            \
	XORL DX, DX               \
	DIVQ steps                \
	MOVQ AX, AHEAD            \
	TESTQ AX, AX              \
	MOVQ base, NEXT           \
	CMOVQEQ SP, NEXT

#define FETCH \
	PREFETCHT1 (NEXT)           \
	PREFETCHT1 (NEXT)(AHEAD*1)  \
	LEAQ (NEXT)(AHEAD*2), NEXT
