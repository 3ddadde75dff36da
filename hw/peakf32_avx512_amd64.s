//go:build !purego

// 16 f32 multiply-adds per instruction.
#define OP(r) VFMADD231PS Z12, Z13, r

#include "peak_amd64.h"

// func peakF32AVX512(n int)
TEXT ·peakF32AVX512(SB), NOSPLIT, $0-8
	PEAK(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11)
