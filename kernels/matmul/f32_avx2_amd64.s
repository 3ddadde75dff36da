//go:build !purego

#include "float_avx2_amd64.h"

// F32 times f32 rows: 1024 bytes and 512 FLOP a token per turn of 16 columns, nothing
// to unpack.

#define COLUMN(from, x, A) \
	VMOVUPS (from)(WP), LO    \
	VMOVUPS (from+32)(WP), HI \
	A(x)

#define COLUMNS(from, x, A, B) \
	FETCH4(from)             \
	COLUMN(from, x, A)       \
	COLUMN(from+64, x+4, B)  \
	COLUMN(from+128, x+8, A) \
	COLUMN(from+192, x+12, B)

#define PASS(turn, stream, tokens, A, B, JOIN, EACH) \
	TURN_BEGIN(turn, stream, 1024)               \
	COLUMNS(0, 0, A, B)                        \
	COLUMNS(256, 16, A, B)                     \
	COLUMNS(512, 32, A, B)                     \
	COLUMNS(768, 48, A, B)                     \
	MOVQ xturn-32(SP), AX                            \
	TURN_END(turn, stream, 1024, AX)             \
	JOIN                                             \
	Y_BEGIN                                          \
	EACH(STORE)                                      \
	NEXT(tokens)

// func f32AVX2(c *Call)
TEXT ·f32AVX2(SB), NOSPLIT, $32-8
	ENTER_FLOAT

pass:
	CHOOSE(16, 1024)
	PASS(turn1, stream1, 1, A1, B1, JOIN1, EACH1)

two:
	PASS(turn2, stream2, 2, A2, B2, JOIN2, EACH2)

three:
	PASS(turn3, stream3, 3, A3, B3, JOIN3, EACH3)
