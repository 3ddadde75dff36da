//go:build !purego

#include "textflag.h"

// (a, b) -> (a cos - b sin, a sin + b cos), 8 pairs or 4 at a time. Each product and each
// sum is rounded, as the plain loop does, so that all variants give the same bits.

// func rotateHalvesAVX2(x, cos, sin []float32, sign float32)
TEXT ·rotateHalvesAVX2(SB), NOSPLIT, $0-76
	MOVQ x_base+0(FP), DI
	MOVQ cos_base+24(FP), SI
	MOVQ cos_len+32(FP), CX
	MOVQ sin_base+48(FP), DX
	VBROADCASTSS sign+72(FP), Y7
	LEAQ (DI)(CX*4), BX // the second half

loop:
	VMOVUPS (DI), Y0
	VMOVUPS (BX), Y1
	VMOVUPS (SI), Y2
	VMULPS (DX), Y7, Y3
	VMULPS Y2, Y0, Y4
	VMULPS Y3, Y1, Y5
	VMULPS Y3, Y0, Y0
	VMULPS Y2, Y1, Y1
	VSUBPS Y5, Y4, Y4
	VADDPS Y1, Y0, Y0
	VMOVUPS Y4, (DI)
	VMOVUPS Y0, (BX)
	ADDQ $32, DI
	ADDQ $32, BX
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET

// func rotatePairsAVX2(x, cos, sin []float32, sign float32)
TEXT ·rotatePairsAVX2(SB), NOSPLIT, $0-76
	MOVQ x_base+0(FP), DI
	MOVQ cos_base+24(FP), SI
	MOVQ cos_len+32(FP), CX
	MOVQ sin_base+48(FP), DX
	VBROADCASTSS sign+72(FP), Y7

loop:
	VPMOVZXDQ (SI), Y2
	VPMOVZXDQ (DX), Y3
	VMOVUPS (DI), Y0
	VMOVSLDUP Y2, Y2 // each cosine twice
	VMOVSLDUP Y3, Y3
	VMULPS Y7, Y3, Y3
	VPERMILPS $0xb1, Y0, Y1 // b, a
	VMULPS Y2, Y0, Y0
	VMULPS Y3, Y1, Y1
	VADDSUBPS Y1, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	ADDQ $16, SI
	ADDQ $16, DX
	SUBQ $4, CX
	JNZ  loop
	VZEROUPPER
	RET
