//go:build !purego

// 32 int8 multiply-adds per three instructions, which is what AVX2 needs.
#define OP(r) \
	VPMADDUBSW Y12, Y13, Y14 \
	VPMADDWD Y15, Y14, Y14   \
	VPADDD Y14, r, r

#include "peak_amd64.h"

// func peakInt8AVX2(n int)
TEXT ·peakInt8AVX2(SB), NOSPLIT, $0-8
	PEAK(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)
