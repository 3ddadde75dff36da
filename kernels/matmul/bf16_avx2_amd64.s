//go:build !purego

#include "kernel_amd64.h"
#include "float_avx2_amd64.h"

// BF16 times f32 rows, 8 columns of 8 rows at a time: 512 bytes and 512 FLOP a
// token per group of 16 columns. The low half of a lane becomes an f32 by a
// shift, the high half by a mask. Weights stay exact.

#define HIGH Y12

#define PAIR(from, even, odd) \
	VMOVDQU (from)(W), odd \
	VPSLLD $16, odd, even  \
	VPAND HIGH, odd, odd

#define UNPACK(from) \
	PAIR(from, Y0, Y1)       \
	PAIR(from+64, Y2, Y3)    \
	PAIR(from+128, Y4, Y5)   \
	PAIR(from+192, Y6, Y7)

// func bf16AVX2(c *Call)
TEXT ·bf16AVX2(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	MOVL $0xffff0000, AX
	VMOVD AX, X12
	VPBROADCASTD X12, HIGH
	CLEAR_AVX2(zero)

group:
	FETCH8
	UNPACK(0)
	PASS(a, 0, 0)
	UNPACK(32)
	PASS(b, 0, 32)
	UNPACK(256)
	PASS(c, 32, 0)
	UNPACK(288)
	PASS(d, 32, 32)
	ADDQ $512, W
	MOVQ XT, X
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
