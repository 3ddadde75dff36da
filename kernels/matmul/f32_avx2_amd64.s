//go:build !purego

#include "kernel_amd64.h"
#include "float_avx2_amd64.h"

// F32 times f32 rows, 8 columns of 8 rows at a time: 1024 bytes and 512 FLOP a
// token per group of 16 columns. Memory is the bound.

#define LOAD(from) \
	VMOVUPS (from)(W), Y0     \
	VMOVUPS (from+64)(W), Y1  \
	VMOVUPS (from+128)(W), Y2 \
	VMOVUPS (from+192)(W), Y3 \
	VMOVUPS (from+256)(W), Y4 \
	VMOVUPS (from+320)(W), Y5 \
	VMOVUPS (from+384)(W), Y6 \
	VMOVUPS (from+448)(W), Y7

// func f32AVX2(c *Call)
TEXT ·f32AVX2(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	CLEAR_AVX2(zero)

group:
	FETCH8
	LOAD(0)
	PASS(a, 0, 0)
	LOAD(32)
	PASS(b, 0, 32)
	ADDQ $512, W
	FETCH8
	LOAD(0)
	PASS(c, 32, 0)
	LOAD(32)
	PASS(d, 32, 32)
	ADDQ $512, W
	MOVQ XT, X
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
