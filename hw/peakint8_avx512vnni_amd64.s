//go:build !purego

// 64 int8 multiply-adds per instruction.
#define OP(r) VPDPBUSD Z12, Z13, r

#include "peak_amd64.h"

// func peakInt8AVX512VNNI(n int)
TEXT ·peakInt8AVX512VNNI(SB), NOSPLIT, $0-8
	PEAK(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11)
