//go:build !purego

#include "unscaled_avx2_amd64.h"

// BF16 times f32 rows: 512 bytes and 512 FLOP a token per turn of 16 columns. The low
// half of a lane becomes an f32 by a shift, the high half by a mask: 2 operations a
// column beside the products. Weights stay exact.

#define HIGH Y15

#define EVEN(i, A) \
	VMOVDQU (64*(i))(WP), LO    \
	VMOVDQU (64*(i)+32)(WP), HI \
	VPSLLD $16, LO, LO          \
	VPSLLD $16, HI, HI          \
	A(8*(i))

#define ODD(i, B) \
	VPAND (64*(i))(WP), HIGH, LO    \
	VPAND (64*(i)+32)(WP), HIGH, HI \
	B(8*(i)+4)

#define HALF 256
#define FETCHES \
	FETCH(0) \
	FETCH(128)

// func bf16AVX2(c *Call)
TEXT ·bf16AVX2(SB), 0, $1664-8
	VPCMPEQD HIGH, HIGH, HIGH
	VPSLLD $16, HIGH, HIGH
	UNSCALED(512)
