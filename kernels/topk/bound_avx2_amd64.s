//go:build !purego

#include "textflag.h"

// The k-th largest value among the maxima of 32 interleaved groups of scores: a step
// takes 32 scores, 128 bytes, to four registers of maxima; then every round finds the
// largest of them in all lanes and replaces it by -Inf. Bound by the latency of k
// rounds, some 20 cycles each.

// DROP replaces what equals the largest, Y5, by -Inf, Y4.
#define DROP(y) \
	VCMPPS $0, Y5, y, Y6      \
	VBLENDVPS Y6, Y4, y, y

// func boundAVX2(x []float32, k int) (bound float32)
TEXT ·boundAVX2(SB), NOSPLIT, $0-36
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ k+24(FP), DX
	MOVL $0xff800000, AX // -Inf
	VMOVD AX, X4
	VPBROADCASTD X4, Y4
	VMOVAPS Y4, Y0
	VMOVAPS Y4, Y1
	VMOVAPS Y4, Y2
	VMOVAPS Y4, Y3

step:
	VMOVUPS (SI), Y5
	VMOVUPS 32(SI), Y6
	VMOVUPS 64(SI), Y7
	VMOVUPS 96(SI), Y8
	VMAXPS Y0, Y5, Y0 // where Y5 is NaN the second source, Y0, stays
	VMAXPS Y1, Y6, Y1
	VMAXPS Y2, Y7, Y2
	VMAXPS Y3, Y8, Y3
	ADDQ $128, SI
	SUBQ $32, CX
	JNZ  step

round:
	VMAXPS Y0, Y1, Y5
	VMAXPS Y2, Y3, Y6
	VMAXPS Y5, Y6, Y5
	VPERM2F128 $1, Y5, Y5, Y6
	VMAXPS Y5, Y6, Y5
	VSHUFPS $0x4e, Y5, Y5, Y6
	VMAXPS Y5, Y6, Y5
	VSHUFPS $0xb1, Y5, Y5, Y6
	VMAXPS Y5, Y6, Y5
	DROP(Y0)
	DROP(Y1)
	DROP(Y2)
	DROP(Y3)
	DECQ DX
	JNZ  round
	VMOVSS X5, bound+32(FP)
	VZEROUPPER
	RET
