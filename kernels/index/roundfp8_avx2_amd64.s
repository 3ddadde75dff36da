//go:build !purego

#include "roundfp8_amd64.h"

// A query to the values of FP8: rounded elements times the scale. 32 bytes in and out are two
// loads and 10 operations, of which the division bounds it.

// func roundFP8AVX2(q, x []float32)
TEXT ·roundFP8AVX2(SB), NOSPLIT, $0-48
	SCALE

round:
	ROUND
	VMULPS Y0, Y1, Y1
	VMOVUPS Y1, (Q)(I*4)
	ADDQ $8, I
	CMPQ I, N
	JNE  round
	VZEROUPPER
	RET
