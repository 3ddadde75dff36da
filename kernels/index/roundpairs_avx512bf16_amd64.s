//go:build !purego

#include "roundfp8_amd64.h"

// A query to the codes of FP8 in bf16 and their scale. A rounded element is a bf16: the upper
// half of its f32.

// The upper halves of elements 0, 2, 1 and 3.
DATA upper<>+0(SB)/8, $0x0f0e07060b0a0302
GLOBL upper<>(SB), RODATA|NOPTR, $8

// func roundPairsAVX512BF16(q []uint32, x []float32) (scale float32)
TEXT ·roundPairsAVX512BF16(SB), NOSPLIT, $0-52
	SCALE
	VMOVSS X0, scale+48(FP)
	VPBROADCASTQ upper<>(SB), Y10

round:
	ROUND
	VPSHUFB Y10, Y1, Y1
	VPERMQ $8, Y1, Y1
	VMOVDQU X1, (Q)(I*2)
	ADDQ $8, I
	CMPQ I, N
	JNE  round
	VZEROUPPER
	RET
