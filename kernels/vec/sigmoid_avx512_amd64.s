//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// dst = 1 / (1 + exp(-x)); 16 elements an iteration, bound by arithmetic.

// func sigmoidAVX512(dst, x []float32)
TEXT ·sigmoidAVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	LOAD_EXP_AVX512
	VPXORD Z16, Z16, Z16

loop:
	VSUBPS (SI), Z16, Z0
	EXP_AVX512(Z0, Z1, Z2, Z5)
	VADDPS Z22, Z0, Z0
	VDIVPS Z0, Z22, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET
