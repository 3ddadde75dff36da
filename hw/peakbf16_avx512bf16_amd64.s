//go:build !purego

#include "bf16_avx512bf16_amd64.h"

// 32 bf16 multiply-adds per instruction. A sum takes 6 cycles and there are two a cycle, so
// that 12 sums would leave no slack: there are 24. Those from Z16 on are not zero, which
// this instruction does not mind: it has no denormals.
#define OP(d) \
	VDPBF16PS(12, 13, d) \
	VDPBF16PS(12, 13, d+16)

#include "peak_amd64.h"

// func peakBF16AVX512BF16(n int)
TEXT ·peakBF16AVX512BF16(SB), NOSPLIT, $0-8
	PEAK(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
