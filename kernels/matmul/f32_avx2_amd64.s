//go:build !purego

#include "unscaled_avx2_amd64.h"

// F32 times f32 rows: 1024 bytes and 512 FLOP a token per turn of 16 columns, nothing
// to unpack.

#define COLUMN(i, A) \
	VMOVUPS (64*(i))(WP), LO    \
	VMOVUPS (64*(i)+32)(WP), HI \
	A(4*(i))

#define EVEN(i, A) COLUMN(2*(i), A)
#define ODD(i, B) COLUMN(2*(i)+1, B)

#define HALF 512
#define FETCHES \
	FETCH(0) \
	FETCH(128) \
	FETCH(256) \
	FETCH(384)

// func f32AVX2(c *Call)
TEXT ·f32AVX2(SB), 0, $1664-8
	UNSCALED(1024)
