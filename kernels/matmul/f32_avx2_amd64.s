//go:build !purego

#include "float_avx2_amd64.h"

// F32 times f32 rows: 1024 bytes and 512 FLOP a token per turn of 16 columns, nothing
// to unpack.

#define COLUMN(from, x, A) \
	VMOVUPS (from)(WP), LO    \
	VMOVUPS (from+32)(WP), HI \
	A(x)

#define COLUMNS4(from, x, A, B) \
	COLUMN(from, x, A)       \
	COLUMN(from+64, x+4, B)  \
	COLUMN(from+128, x+8, A) \
	COLUMN(from+192, x+12, B)

#define COLUMNS(A, B) \
	FETCH(0)                \
	COLUMNS4(0, 0, A, B)    \
	COLUMNS4(256, 16, A, B) \
	FETCH(512)              \
	COLUMNS4(512, 32, A, B) \
	COLUMNS4(768, 48, A, B)

// func f32AVX2(c *Call)
TEXT ·f32AVX2(SB), 0, $1664-8
	ENTER_FLOAT(16, 1024, 3, 1<<30, 2, 1664)
	STRETCH(3, 1024)
	PASSES

one:
	PASS(turn1, stream1, 1, 1024, COLUMNS, A1, B1, MOVE1)

two:
	PASS(turn2, stream2, 2, 1024, COLUMNS, A2, B2, MOVE2)

three:
	PASS(turn3, stream3, 3, 1024, COLUMNS, A3, B3, MOVE3)

	NEXT
	RESULTS(NONE)
