//go:build !purego

#include "kernel_amd64.h"
#include "float_avx2_amd64.h"

// FP8 (e4m3fn) times f32 rows, 8 columns of 8 rows at a time: 256 bytes and 512
// FLOP a token per group of 16 columns, one scale per 128. Bytes become f16 by
// shifts and a mask as in fp8_avx512_amd64.s, where the reason stands.

#define MASK X12
#define SCALE Y13

// PAIR turns 8 words into the columns of their low and high bytes.
#define PAIR(from, xlow, low, xhigh, high) \
	VMOVDQU (from)(W), xhigh  \
	VPSLLW $8, xhigh, xlow    \
	VPSRAW $1, xhigh, xhigh   \
	VPSRAW $1, xlow, xlow     \
	VPAND MASK, xhigh, xhigh  \
	VPAND MASK, xlow, xlow    \
	VCVTPH2PS xlow, low       \
	VCVTPH2PS xhigh, high

#define UNPACK(from) \
	PAIR(from, X0, Y0, X2, Y2)     \
	PAIR(from+32, X1, Y1, X3, Y3)  \
	PAIR(from+64, X4, Y4, X6, Y6)  \
	PAIR(from+96, X5, Y5, X7, Y7)

// func fp8AVX2(c *Call)
TEXT ·fp8AVX2(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	MOVL $0xbf80bf80, AX
	VMOVD AX, MASK
	VPBROADCASTD MASK, MASK
	CLEAR_AVX2(zero)

group:
	TESTQ $7, BLOCKS
	JNZ  same // the scale changes every 8 groups; K is a multiple of 128
	MOVL $0x43800000, AX // 256
	VMOVD AX, X13
	VMULSS (S), X13, X13
	VBROADCASTSS X13, SCALE
	ADDQ $4, S

same:
	FETCH4
	UNPACK(0)
	SCALED_PASS(a, 0, 0)
	UNPACK(16)
	SCALED_PASS(b, 0, 32)
	UNPACK(128)
	SCALED_PASS(c, 32, 0)
	UNPACK(144)
	SCALED_PASS(d, 32, 32)
	ADDQ $256, W
	MOVQ XT, X
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
