//go:build !purego

#include "textflag.h"

// The largest element that is not NaN: 8 elements an iteration, bound by the
// latency of one chain; used on a few dozen scores at a time.

// func maxAVX2(x []float32) float32
TEXT ·maxAVX2(SB), NOSPLIT, $0-28
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVL $0xff800000, AX // -Inf
	VMOVD AX, X0
	VPBROADCASTD X0, Y0

loop:
	VMOVUPS (SI), Y1
	VMAXPS Y0, Y1, Y0 // where Y1 is NaN the second source, Y0, stays
	ADDQ $32, SI
	SUBQ $8, CX
	JNZ  loop

	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VMAXPS X1, X0, X0
	VMOVSHDUP X0, X1
	VMAXSS X1, X0, X0
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET
