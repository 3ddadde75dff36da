//go:build !purego

#include "textflag.h"

// The sum of x^2: 16 elements an iteration in one chain; a few thousand
// elements that lie in cache take well under a microsecond.

// func sumSquaresAVX512(x []float32) float32
TEXT ·sumSquaresAVX512(SB), NOSPLIT, $0-28
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	VPXORD Z0, Z0, Z0

loop:
	VMOVUPS (SI), Z1
	VFMADD231PS Z1, Z1, Z0
	ADDQ $64, SI
	SUBQ $16, CX
	JNZ  loop

	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET
