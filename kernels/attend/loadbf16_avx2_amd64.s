//go:build !purego

#include "bf16_avx2_amd64.h"

// BF16 to f32: 16 codes a turn, 32 bytes that become 64. What is written bounds it.

// func loadBF16AVX2(dst []float32, codes, scales []byte, block int)
TEXT ·loadBF16AVX2(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ codes_base+24(FP), SI
	LEAQ (DI)(CX*4), DI
	LEAQ (SI)(CX*2), SI
	NEGQ CX
	VMOVDQU upper<>(SB), Y2

group:
	DECODE16((SI)(CX*2), Y2, (DI)(CX*4))
	ADDQ $16, CX
	JNZ  group
	VZEROUPPER
	RET
