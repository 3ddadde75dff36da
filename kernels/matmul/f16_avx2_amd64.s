//go:build !purego

#include "float_avx2_amd64.h"

// F16 times f32 rows: 512 bytes and 512 FLOP a token per turn of 16 columns, two
// conversions a column. They read memory: from a register each would take a shuffle
// more. Weights stay exact.

#define COLUMN(from, x, A) \
	VCVTPH2PS (from)(WP), LO    \
	VCVTPH2PS (from+16)(WP), HI \
	A(x)

#define COLUMNS(from, x, A, B) \
	COLUMN(from, x, A)      \
	COLUMN(from+32, x+4, B) \
	COLUMN(from+64, x+8, A) \
	COLUMN(from+96, x+12, B)

#define PASS(turn, stream, tokens, A, B, JOIN, EACH) \
	TURN_BEGIN(turn, stream, 512)               \
	FETCH4(0)                                        \
	FETCH4(256)                                      \
	COLUMNS(0, 0, A, B)                        \
	COLUMNS(128, 16, A, B)                     \
	COLUMNS(256, 32, A, B)                     \
	COLUMNS(384, 48, A, B)                     \
	MOVQ xturn-32(SP), AX                            \
	TURN_END(turn, stream, 512, AX)             \
	JOIN                                             \
	Y_BEGIN                                          \
	EACH(STORE)                                      \
	NEXT(tokens)

// func f16AVX2(c *Call)
TEXT ·f16AVX2(SB), NOSPLIT, $32-8
	ENTER_FLOAT

pass:
	CHOOSE(16, 512)
	PASS(turn1, stream1, 1, A1, B1, JOIN1, EACH1)

two:
	PASS(turn2, stream2, 2, A2, B2, JOIN2, EACH2)

three:
	PASS(turn3, stream3, 3, A3, B3, JOIN3, EACH3)
