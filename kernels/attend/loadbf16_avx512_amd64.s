//go:build !purego

#include "textflag.h"

// BF16 to f32, the upper half of its bits: 16 codes a turn, 32 bytes that become 64. What is
// written bounds it.

// func loadBF16AVX512(dst []float32, codes, scales []byte, block int)
TEXT ·loadBF16AVX512(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ codes_base+24(FP), SI
	LEAQ (DI)(CX*4), DI
	LEAQ (SI)(CX*2), SI
	NEGQ CX

group:
	VPMOVZXWD (SI)(CX*2), Z0
	VPSLLD $16, Z0, Z0
	VMOVUPS Z0, (DI)(CX*4)
	ADDQ $16, CX
	JNZ  group
	VZEROUPPER
	RET
