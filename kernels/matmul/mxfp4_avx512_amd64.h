// Shared by the AVX-512 kernels that multiply MXFP4 with int8 rows, which say how codes
// become bytes (LINES). Two panels at once: 544 bytes and 2048 FLOP a token per block of 32
// columns, 8 lines that become 16 registers of unsigned bytes, 2*value + 128.
//
// A scale is a power of two: what it adds to the exponent is added to where integer sums
// begin, and magic + dot ends as (magic + dot) * scale. An exact subtraction leaves
// dot * scale. Scales from 2^106 on, for which that is too large, make NaN.
//
// With 12 tokens 216 multiplications a block, of which 192 are products: 89 % of the VNNI
// peak where two ports multiply and others do the rest (AMD); some 310 operations where two
// ports do all of them (Intel), 62 %. With one token 110 instructions (130 without VBMI) and
// 26 loads of registers for 544 bytes; constants as operands would be more loads.

#include "int8_avx512_amd64.h"

#define TABLE Z5
#define SCALE1 Z4 // what the scales of the first panel add to exponents, then also magic
#define SCALE2 Z7

// Twice the value of every FP4 code plus 128.
DATA e2m1Offset<>+0(SB)/8, $0x8c88868483828180
DATA e2m1Offset<>+8(SB)/8, $0x74787a7c7d7e7f80
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

// -128 in exponents: scale codes are 127 too large, weights twice too large.
DATA bias<>+0(SB)/4, $0xc0000000
GLOBL bias<>(SB), RODATA|NOPTR, $4

DATA magic<>+0(SB)/4, $const_magic
GLOBL magic<>(SB), RODATA|NOPTR, $4

// The smallest scale code with which magic is NaN.
DATA top<>+0(SB)/4, $233
GLOBL top<>(SB), RODATA|NOPTR, $4

// UNPACK makes columns k..k+3 (Z0) and k+4..k+7 (Z1) of a line of the first panel, and Z2
// and Z3 of the second one's.
#define UNPACK(at) \
	FETCH(at)                         \
	LINES((2*at)(W), (2*at+64)(W))

// SCALES wants top in Z0 and bias in Z1.
#define SCALES(from, to) \
	VPMOVZXBD from, to \
	VPMINUD Z0, to, to \
	VPSLLD $23, to, to \
	VPADDD Z1, to, to

#define FIRST(t, a, b) \
	VPADDD.BCST (4*t)(XSCALE)(XMAGIC*1), SCALE1, a \
	VPADDD.BCST (4*t)(XSCALE)(XMAGIC*1), SCALE2, b \
	MULTIPLY0(t, a, b)

#define LAST(t, a, b) \
	MULTIPLY3(t, a, b)   \
	VSUBPS SCALE1, a, a  \
	VSUBPS SCALE2, b, b  \
	ADD_RESULTS(t, a, b)

// PANELS is the whole kernel, of a name and so many lines, for as many tokens as EACH is for.
#define PANELS(name, lines, EACH, SCALES_AT) \
	ENTER                                   \
	VBROADCASTI32X4 e2m1Offset<>(SB), TABLE \
	BEGIN(name, lines, EACH, SCALES_AT)     \
	VPBROADCASTD top<>(SB), Z0              \
	VPBROADCASTD bias<>(SB), Z1             \
	SCALES((S), SCALE1)                     \
	SCALES(64(S), SCALE2)                   \
	UNPACK(0)                               \
	EACH(FIRST, first)                      \
	VPBROADCASTD magic<>(SB), VALUES        \
	VPADDD VALUES, SCALE1, SCALE1           \
	VPADDD VALUES, SCALE2, SCALE2           \
	UNPACK(64)                              \
	EACH(MULTIPLY1, second)                 \
	UNPACK(128)                             \
	EACH(MULTIPLY2, third)                  \
	UNPACK(192)                             \
	RESULTS2                                \
	EACH(LAST, last)                        \
	NEXT(256, group, block, done)           \
	NEXT_PAIR(pair)                         \
	VZEROUPPER                              \
	RET
