//go:build !purego

#include "unscaled_avx2_amd64.h"

// F16 times f32 rows: 512 bytes and 512 FLOP a token per turn of 16 columns, two
// conversions a column. They read memory: from a register each would take a shuffle
// more. Weights stay exact.

#define COLUMN(i, A) \
	VCVTPH2PS (32*(i))(WP), LO    \
	VCVTPH2PS (32*(i)+16)(WP), HI \
	A(4*(i))

#define EVEN(i, A) COLUMN(2*(i), A)
#define ODD(i, B) COLUMN(2*(i)+1, B)

#define HALF 256
#define FETCHES \
	FETCH(0) \
	FETCH(128)

// func f16AVX2(c *Call)
TEXT ·f16AVX2(SB), 0, $1664-8
	UNSCALED(512)
