//go:build !purego

#include "textflag.h"

// A query to the values of FP8 (e4m3fn) with one scale, max/448: 8 elements are divided by
// it, rounded and multiplied. The step between neighbours of a magnitude is an eighth of
// its power of two, at least 2^-9: adding and taking away 1.5 * 2^23 steps rounds.

#define Q DI
#define X SI
#define N CX
#define I DX

// LANES broadcasts a constant.
#define LANES(constant, x, y) \
	MOVL $constant, AX   \
	VMOVD AX, x          \
	VPBROADCASTD x, y

// func roundFP8AVX2(q, x []float32)
TEXT ·roundFP8AVX2(SB), NOSPLIT, $0-48
	MOVQ q_base+0(FP), Q
	MOVQ x_base+24(FP), X
	MOVQ x_len+32(FP), N
	LANES(0x7fffffff, X15, Y15) // a magnitude
	LANES(0x7f800000, X14, Y14) // its power of two
	LANES(0x3e000000, X13, Y13) // 1/8
	LANES(0x3b000000, X12, Y12) // 2^-9
	LANES(0x4b400000, X11, Y11) // 1.5 * 2^23
	LANES(0x38d1b717, X0, Y0)   // 1e-4, the least max
	XORQ I, I

max:
	VPAND (X)(I*4), Y15, Y1
	VMAXPS Y1, Y0, Y0
	ADDQ $8, I
	CMPQ I, N
	JNE  max
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VPSHUFD $0x4e, X0, X1
	VMAXPS X1, X0, X0
	VPSHUFD $0xb1, X0, X1
	VMAXPS X1, X0, X0
	LANES(0x43e00000, X1, Y1)   // 448
	VDIVSS X1, X0, X0
	VBROADCASTSS X0, Y0
	XORQ I, I

round:
	VMOVUPS (X)(I*4), Y1
	VDIVPS Y0, Y1, Y1
	VPAND Y14, Y1, Y2
	VMULPS Y13, Y2, Y2
	VMAXPS Y12, Y2, Y2
	VMULPS Y11, Y2, Y2
	VADDPS Y2, Y1, Y1
	VSUBPS Y2, Y1, Y1
	VMULPS Y0, Y1, Y1
	VMOVUPS Y1, (Q)(I*4)
	ADDQ $8, I
	CMPQ I, N
	JNE  round
	VZEROUPPER
	RET
