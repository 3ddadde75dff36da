//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// dst[i] = exp(x[i] - shift), and their sum; 16 elements an iteration, 14 operations
// on them: bound by arithmetic and its latency, some 70 elements per 10 ns.

// func expSumAVX512(dst, x []float32, shift float32) float32
TEXT ·expSumAVX512(SB), NOSPLIT, $0-60
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VBROADCASTSS shift+48(FP), Z19
	LOAD_EXP_AVX512
	VPXORD Z18, Z18, Z18 // sum

loop:
	VMOVUPS (SI), Z0
	VSUBPS Z19, Z0, Z0
	EXP_AVX512(Z0, Z1, Z2, Z3)
	VMOVUPS Z0, (DI)
	VADDPS Z0, Z18, Z18
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop

	VEXTRACTF64X4 $1, Z18, Y0
	VADDPS Y0, Y18, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+56(FP)
	VZEROUPPER
	RET
