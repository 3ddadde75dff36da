//go:build !purego

#include "textflag.h"

// dst = x * scale * weight; 8 elements an iteration, bound by the cache.

// func scaleByAVX2(dst, x, weight []float32, scale float32)
TEXT ·scaleByAVX2(SB), NOSPLIT, $0-76
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	MOVQ weight_base+48(FP), DX
	VBROADCASTSS scale+72(FP), Y1

loop:
	VMULPS (SI), Y1, Y0
	VMULPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
