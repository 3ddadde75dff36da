//go:build !purego

#include "float_avx512_amd64.h"

// F16 times f32 rows: 512 bytes and 512 FLOP a token per turn of 16 columns, one
// conversion a column beside the products. They read memory: from a register each would
// take a shuffle more. Weights stay exact.

#define UNPACK(from) \
	VCVTPH2PS (from)(W), Z0    \
	VCVTPH2PS (from+32)(W), Z1 \
	VCVTPH2PS (from+64)(W), Z2 \
	VCVTPH2PS (from+96)(W), Z3

// func f16AVX512(c *Call)
TEXT ·f16AVX512(SB), NOSPLIT, $0-8
	ENTER_FLOAT

turn:
	AIM
	FETCH4(0)
	QUARTER(0, end0)
	QUARTER(128, end1)
	FETCH4(256)
	QUARTER(256, end2)
	QUARTER(384, end3)
	ADDQ $512, W
	NEXT(turn)
	RESULTS
	EACH(STORE, stored)
	VZEROUPPER
	RET
