//go:build !purego

// 8 f32 multiply-adds per instruction.
#define OP(r) VFMADD231PS Y12, Y13, r

#include "peak_amd64.h"

// func peakF32AVX2(n int)
TEXT ·peakF32AVX2(SB), NOSPLIT, $0-8
	PEAK(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)
