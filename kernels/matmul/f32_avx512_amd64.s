//go:build !purego

#include "float_avx512_amd64.h"

// F32 times f32 rows: 1024 bytes and 512 FLOP a token per turn of 16 columns, nothing to
// unpack.

#define UNPACK(from) \
	FETCH4(from)              \
	VMOVUPS (from)(W), Z0     \
	VMOVUPS (from+64)(W), Z1  \
	VMOVUPS (from+128)(W), Z2 \
	VMOVUPS (from+192)(W), Z3

// func f32AVX512(c *Call)
TEXT ·f32AVX512(SB), NOSPLIT, $0-8
	ENTER_FLOAT

turn:
	AIM
	QUARTER(0, end0)
	QUARTER(256, end1)
	QUARTER(512, end2)
	QUARTER(768, end3)
	ADDQ $1024, W
	NEXT(turn)
	RESULTS
	EACH(STORE, stored)
	VZEROUPPER
	RET
