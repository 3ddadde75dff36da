//go:build !purego

#include "kernel_amd64.h"
#include "float_avx2_amd64.h"

// F16 times f32 rows, 8 columns of 8 rows at a time: 512 bytes and 512 FLOP a
// token per group of 16 columns, one conversion a column. Weights stay exact.

#define LOAD(from) \
	VCVTPH2PS (from)(W), Y0     \
	VCVTPH2PS (from+32)(W), Y1  \
	VCVTPH2PS (from+64)(W), Y2  \
	VCVTPH2PS (from+96)(W), Y3  \
	VCVTPH2PS (from+128)(W), Y4 \
	VCVTPH2PS (from+160)(W), Y5 \
	VCVTPH2PS (from+192)(W), Y6 \
	VCVTPH2PS (from+224)(W), Y7

// func f16AVX2(c *Call)
TEXT ·f16AVX2(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	CLEAR_AVX2(zero)

group:
	FETCH8
	LOAD(0)
	PASS(a, 0, 0)
	LOAD(16)
	PASS(b, 0, 32)
	LOAD(256)
	PASS(c, 32, 0)
	LOAD(272)
	PASS(d, 32, 32)
	ADDQ $512, W
	MOVQ XT, X
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
