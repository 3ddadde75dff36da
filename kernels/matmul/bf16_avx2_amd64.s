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

#define PASS(turn, stream, tokens, A, B, JOIN, EACH) \
	TURN_BEGIN(turn, stream, 512)               \
	FETCH4(0)                                        \
	FETCH4(256)                                      \
	PAIR(0, 0, A, B)                                 \
	PAIR(64, 8, A, B)                                \
	PAIR(128, 16, A, B)                              \
	PAIR(192, 24, A, B)                              \
	PAIR(256, 32, A, B)                              \
	PAIR(320, 40, A, B)                              \
	PAIR(384, 48, A, B)                              \
	PAIR(448, 56, A, B)                              \
	MOVQ xturn-32(SP), AX                            \
	TURN_END(turn, stream, 512, AX)             \
	JOIN                                             \
	Y_BEGIN                                          \
	EACH(STORE)                                      \
	NEXT(tokens)

// func bf16AVX2(c *Call)
TEXT ·bf16AVX2(SB), NOSPLIT, $32-8
	ENTER_FLOAT
	VPCMPEQD HIGH, HIGH, HIGH
	VPSLLD $16, HIGH, HIGH

pass:
	CHOOSE(16, 512)
	PASS(turn1, stream1, 1, A1, B1, JOIN1, EACH1)

two:
	PASS(turn2, stream2, 2, A2, B2, JOIN2, EACH2)

three:
	PASS(turn3, stream3, 3, A3, B3, JOIN3, EACH3)
