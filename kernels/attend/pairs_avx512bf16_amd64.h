// What kernels of pairs share: instructions of bf16 that Go's assembler does not have, and asking
// for memory.

#include "textflag.h"

// VDPBF16PS adds the products of the bf16 of registers s and v, 32 pairs by twos, to the
// 16 f32 of d. Registers are given by number, 0..31. This is its EVEX encoding: map 2, prefix
// F3, W0, opcode 52, 512 bits.
#define VDPBF16PS(s, v, d) \
	BYTE $0x62                                                \
	BYTE $((((d)&8)<<4|((s)&16)<<2|((s)&8)<<2|((d)&16))^0xF2) \
	BYTE $((((v)&15)^15)<<3|6)                                \
	BYTE $(0x40|(((v)&16)^16)>>1)                             \
	BYTE $0x52                                                \
	BYTE $(0xC0|((d)&7)<<3|((s)&7))

// VCVTNE2PS2BF16 makes d of v, its upper half, and s. Its EVEX encoding: map 2, prefix F2, W0,
// opcode 72, 512 bits.
#define VCVTNE2PS2BF16(s, v, d) \
	BYTE $0x62                                                \
	BYTE $((((d)&8)<<4|((s)&16)<<2|((s)&8)<<2|((d)&16))^0xF2) \
	BYTE $((((v)&15)^15)<<3|7)                                \
	BYTE $(0x40|(((v)&16)^16)>>1)                             \
	BYTE $0x72                                                \
	BYTE $(0xC0|((d)&7)<<3|((s)&7))

// ROUND is VCVTNEPS2BF16 Z0, Y1. ROUND2 makes Z1 the upper half of Z0.
#define ROUND BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72; BYTE $0xc8
#define ROUND2 VCVTNE2PS2BF16(0, 1, 0)

// What kernels ask for while they work: the bytes of next, rows whose turn comes soon, so
// many with each step. Asked for in a burst they would fill the buffers a core has for
// misses, and all other loads would wait. They ask at two places, the beginning and the middle,
// of which a core reads more than of one, and to the second-level cache: to the first a Zen 4 with
// few queries read a quarter less, and with many it is the same.

#define NEXT R14
#define HALF R15

// FETCHES spreads next, len bytes at base, over so many steps, and sets step; AX and DX are lost.
#define FETCHES(steps, step, base, len) \
	MOVQ len, HALF            \
	INCQ HALF                 \
	SHRQ $1, HALF             \
	LEAQ -1(HALF)(steps*1), AX \
	XORL DX, DX               \
	DIVQ steps                \
	TESTQ AX, AX              \
	MOVQ base, NEXT           \
	CMOVQEQ SP, NEXT          \
	MOVQ AX, step

#define FETCH(step) \
	PREFETCHT1 (NEXT)          \
	PREFETCHT1 (NEXT)(HALF*1)  \
	ADDQ step, NEXT

// CLEAR4 makes zeros of four registers.
#define CLEAR4(a, b, c, d) \
	VPXORD a, a, a \
	VPXORD b, b, b \
	VPXORD c, c, c \
	VPXORD d, d, d
