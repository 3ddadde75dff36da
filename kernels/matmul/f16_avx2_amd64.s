//go:build !purego

#include "float_avx2_amd64.h"

// F16 times f32 rows: 512 bytes and 512 FLOP a token per turn of 16 columns, two
// conversions a column. They read memory: from a register each would take a shuffle
// more. Weights stay exact.

#define COLUMN(from, x, A) \
	VCVTPH2PS (from)(WP), LO    \
	VCVTPH2PS (from+16)(WP), HI \
	A(x)

#define COLUMNS4(from, x, A, B) \
	COLUMN(from, x, A)      \
	COLUMN(from+32, x+4, B) \
	COLUMN(from+64, x+8, A) \
	COLUMN(from+96, x+12, B)

#define COLUMNS(A, B) \
	FETCH(0)                \
	COLUMNS4(0, 0, A, B)    \
	COLUMNS4(128, 16, A, B) \
	COLUMNS4(256, 32, A, B) \
	COLUMNS4(384, 48, A, B)

// func f16AVX2(c *Call)
TEXT ·f16AVX2(SB), 0, $1664-8
	ENTER_FLOAT(16, 512, 3, 1<<30, 2, 1664)
	STRETCH(3, 512)
	PASSES

one:
	PASS(turn1, stream1, 1, 512, COLUMNS, A1, B1, MOVE1)

two:
	PASS(turn2, stream2, 2, 512, COLUMNS, A2, B2, MOVE2)

three:
	PASS(turn3, stream3, 3, 512, COLUMNS, A3, B3, MOVE3)

	NEXT
	RESULTS(NONE)
