//go:build !purego

#include "textflag.h"

// A query to the codes of FP8 (e4m3fn) in bf16 and one scale, max/448: elements are divided
// by it and rounded, 8 at a time. The step between neighbours of a magnitude is an eighth of
// its power of two, at least 2^-9: adding and taking away 1.5 * 2^23 steps rounds. A
// rounded element is a bf16: the upper half of its f32.

// The upper halves of elements 0, 2, 1 and 3.
DATA upper<>+0(SB)/8, $0x0f0e07060b0a0302
GLOBL upper<>(SB), RODATA|NOPTR, $8

#define Q DI
#define X SI
#define N CX
#define I DX

// LANES broadcasts a constant.
#define LANES(constant, y) \
	MOVL $constant, AX   \
	VPBROADCASTD AX, y

// func roundPairsAVX512BF16(q []uint32, x []float32) (scale float32)
TEXT ·roundPairsAVX512BF16(SB), NOSPLIT, $0-52
	MOVQ q_base+0(FP), Q
	MOVQ x_base+24(FP), X
	MOVQ x_len+32(FP), N
	LANES(0x7fffffff, Y15) // a magnitude
	LANES(0x7f800000, Y14) // its power of two
	LANES(0x3e000000, Y13) // 1/8
	LANES(0x3b000000, Y12) // 2^-9
	LANES(0x4b400000, Y11) // 1.5 * 2^23
	LANES(0x38d1b717, Y0)  // 1e-4, the least max
	VPBROADCASTQ upper<>(SB), Y10
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
	LANES(0x43e00000, X1)  // 448
	VDIVSS X1, X0, X0
	VMOVSS X0, scale+48(FP)
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
	VPSHUFB Y10, Y1, Y1
	VPERMQ $8, Y1, Y1
	VMOVDQU X1, (Q)(I*2)
	ADDQ $8, I
	CMPQ I, N
	JNE  round
	VZEROUPPER
	RET
