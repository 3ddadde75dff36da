//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// dst = 1 / (1 + exp(-x)); 8 elements an iteration, bound by arithmetic.

// func sigmoidAVX2(dst, x []float32)
TEXT ·sigmoidAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	LOAD_EXP_AVX2
	VPXOR Y3, Y3, Y3

loop:
	VSUBPS (SI), Y3, Y0
	EXP_AVX2(Y0, Y1, Y2)
	VADDPS Y13, Y0, Y0
	VDIVPS Y0, Y13, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
