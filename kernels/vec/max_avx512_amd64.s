//go:build !purego

#include "textflag.h"

// The largest element that is not NaN: 16 elements an iteration, bound by the
// latency of one chain; used on a few dozen scores at a time.

// func maxAVX512(x []float32) float32
TEXT ·maxAVX512(SB), NOSPLIT, $0-28
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVL $0xff800000, AX // -Inf
	VPBROADCASTD AX, Z0

loop:
	VMOVUPS (SI), Z1
	VMAXPS Z0, Z1, Z0 // where Z1 is NaN the second source, Z0, stays
	ADDQ $64, SI
	SUBQ $16, CX
	JNZ  loop

	VEXTRACTF64X4 $1, Z0, Y1
	VMAXPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VMAXPS X1, X0, X0
	VMOVSHDUP X0, X1
	VMAXSS X1, X0, X0
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET
