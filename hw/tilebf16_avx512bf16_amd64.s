//go:build !purego

#include "tile_amd64.h"
#include "bf16_avx512bf16_amd64.h"

// 2 columns of 32 rows times 12 tokens in 24 sums: 14 loads for 24 products.
#define TOKEN(at, r) \
	VBROADCASTSS (at)(L1), Z14 \
	VDPBF16PS(14, 12, r)       \
	VDPBF16PS(14, 13, r+16)

#define COLUMNS \
	VMOVUPS 64(L1), Z12  \
	VMOVUPS 128(L1), Z13 \
	TOKEN(0, 0)          \
	TOKEN(4, 1)          \
	TOKEN(8, 2)          \
	TOKEN(12, 3)         \
	TOKEN(16, 4)         \
	TOKEN(20, 5)         \
	TOKEN(24, 6)         \
	TOKEN(28, 7)         \
	TOKEN(32, 8)         \
	TOKEN(36, 9)         \
	TOKEN(40, 10)        \
	TOKEN(44, 11)

// func tileBF16AVX512BF16(n int)
TEXT ·tileBF16AVX512BF16(SB), NOSPLIT, $0-8
	TILE(COLUMNS)
