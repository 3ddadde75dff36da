//go:build !purego

#include "float_avx2_amd64.h"

// BF16 times f32 rows: 512 bytes and 512 FLOP a token per turn of 16 columns. The low
// half of a lane becomes an f32 by a shift, the high half by a mask: 2 operations a
// column beside the products. Weights stay exact.

#define HIGH Y15

// PAIR unpacks and multiplies two columns.
#define PAIR(from, x, A, B) \
	VMOVDQU (from)(WP), LO      \
	VMOVDQU (from+32)(WP), HI   \
	VPSLLD $16, LO, LO          \
	VPSLLD $16, HI, HI          \
	A(x)                        \
	VPAND (from)(WP), HIGH, LO  \
	VPAND (from+32)(WP), HIGH, HI \
	B(x+4)

#define COLUMNS(A, B) \
	FETCH(0)              \
	PAIR(0, 0, A, B)      \
	PAIR(64, 8, A, B)     \
	PAIR(128, 16, A, B)   \
	PAIR(192, 24, A, B)   \
	PAIR(256, 32, A, B)   \
	PAIR(320, 40, A, B)   \
	PAIR(384, 48, A, B)   \
	PAIR(448, 56, A, B)

// func bf16AVX2(c *Call)
TEXT ·bf16AVX2(SB), 0, $1664-8
	VPCMPEQD HIGH, HIGH, HIGH
	VPSLLD $16, HIGH, HIGH
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
