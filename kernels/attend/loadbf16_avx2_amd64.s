//go:build !purego

#include "textflag.h"

// BF16 to f32: the upper half of its bits.

// func loadBF16AVX2(dst []float32, codes []byte)
TEXT ·loadBF16AVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ codes_base+24(FP), SI

group:
	VPMOVZXWD (SI), Y0
	VPSLLD $16, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $16, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  group
	VZEROUPPER
	RET
