//go:build !purego

#include "textflag.h"

// dst = x * scale * weight; 16 elements an iteration, bound by the cache.

// func scaleByAVX512(dst, x, weight []float32, scale float32)
TEXT ·scaleByAVX512(SB), NOSPLIT, $0-76
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	MOVQ weight_base+48(FP), DX
	VBROADCASTSS scale+72(FP), Z1

loop:
	VMULPS (SI), Z1, Z0
	VMULPS (DX), Z0, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET
