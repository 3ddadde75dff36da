//go:build !purego

#include "int8_avx512_amd64.h"

// INT8 times int8 rows, two panels at once: 1088 bytes and 2048 FLOP a token per block of 32
// columns. Codes become unsigned by flipping their top bit.
//
// A sum, magic + dot, times its row's scale minus magic * scale, rounded once, is what a
// conversion and a multiplication would give (if scales are below 2^104).
//
// With 12 tokens 240 multiplications a block, of which 192 are products: 80 % of the VNNI
// peak where two ports multiply. With one token 110 instructions for 1088 bytes.

#define FLIP Z4
#define MAGIC Z5

#define UNPACK(at) \
	FETCH(at)                       \
	FETCH(at+64)                    \
	VPXORD (2*at)(W), FLIP, Z0      \
	VPXORD (2*at+128)(W), FLIP, Z1  \
	VPXORD (2*at+64)(W), FLIP, Z2   \
	VPXORD (2*at+192)(W), FLIP, Z3

// SCALES leaves row scales and magic times those; bf16 is the upper half of an f32.
#define SCALES(from, to, magic) \
	VPMOVZXWD from, to \
	VPSLLD $16, to, to \
	VMULPS MAGIC, to, magic

#define FIRST(t, a, b) \
	VPBROADCASTD (4*t)(XSCALE)(XMAGIC*1), a \
	VMOVDQA32 a, b                          \
	MULTIPLY0(t, a, b)

#define ADD(t, a, b) \
	VFMSUB213PS Z1, Z0, a \
	VFMSUB213PS Z3, Z2, b \
	ADD_RESULTS(t, a, b)

// PANELS is the whole kernel, of a name and so many lines, for as many tokens as EACH is for.
#define PANELS(name, lines, EACH, SCALES_AT) \
	ENTER                               \
	MOVL $0x80808080, AX                \
	VPBROADCASTD AX, FLIP               \
	MOVL $const_magic, AX               \
	VPBROADCASTD AX, MAGIC              \
	BEGIN(name, lines, EACH, SCALES_AT) \
	UNPACK(0)                           \
	EACH(FIRST, first)                  \
	UNPACK(128)                         \
	EACH(MULTIPLY1, second)             \
	UNPACK(256)                         \
	EACH(MULTIPLY2, third)              \
	UNPACK(384)                         \
	EACH(MULTIPLY3, fourth)             \
	SCALES((S), Z0, Z1)                 \
	SCALES(64(S), Z2, Z3)               \
	RESULTS2                            \
	EACH(ADD, added)                    \
	NEXT(512, group, block, done)       \
	NEXT_PAIR(pair)                     \
	VZEROUPPER                          \
	RET

// func int8AVX512VNNIFew(c *Call)
TEXT ·int8AVX512VNNIFew(SB), NOSPLIT, $192-8
	PANELS(·int8AVX512VNNIFew, const_int8FewLines, FEW, COPY)

// func int8AVX512VNNI(c *Call)
TEXT ·int8AVX512VNNI(SB), NOSPLIT, $0-8
	PANELS(·int8AVX512VNNI, const_int8Lines, MANY, IN_PLACE)
