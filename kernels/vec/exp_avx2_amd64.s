//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// dst[i] = exp(x[i] - shift), and their sum; 8 elements an iteration, bound by
// arithmetic.

// func expSumAVX2(dst, x []float32, shift float32) float32
TEXT ·expSumAVX2(SB), NOSPLIT, $0-60
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	LOAD_EXP_AVX2
	VPXOR Y3, Y3, Y3 // sum

loop:
	VBROADCASTSS shift+48(FP), Y1
	VMOVUPS (SI), Y0
	VSUBPS Y1, Y0, Y0
	EXP_AVX2(Y0, Y1, Y2)
	VMOVUPS Y0, (DI)
	VADDPS Y0, Y3, Y3
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop

	VEXTRACTF128 $1, Y3, X1
	VADDPS X1, X3, X0
	VMOVHLPS X0, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+56(FP)
	VZEROUPPER
	RET
