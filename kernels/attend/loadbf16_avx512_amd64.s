//go:build !purego

#include "textflag.h"

// BF16 to f32: the upper half of its bits.

// func loadBF16AVX512(dst []float32, codes []byte)
TEXT ·loadBF16AVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ codes_base+24(FP), SI

group:
	VPMOVZXWD (SI), Z0
	VPSLLD $16, Z0, Z0
	VMOVUPS Z0, (DI)
	ADDQ $32, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  group
	VZEROUPPER
	RET
