//go:build !purego

#include "tile_amd64.h"

// 4 columns of 16 rows times 5 tokens in 10 sums: 7 loads for 10 products of 32 and 32
// bytes, of three instructions each.
#define TOKEN(at, lo, hi) \
	VPBROADCASTD (at)(L1), Y15 \
	VPMADDUBSW Y15, Y10, Y14   \
	VPMADDUBSW Y15, Y11, Y15   \
	VPMADDWD Y12, Y14, Y14     \
	VPMADDWD Y12, Y15, Y15     \
	VPADDD Y14, lo, lo         \
	VPADDD Y15, hi, hi

#define COLUMNS \
	VMOVDQU (L1), Y10    \
	VMOVDQU 32(L1), Y11  \
	TOKEN(64, Y0, Y1)    \
	TOKEN(68, Y2, Y3)    \
	TOKEN(72, Y4, Y5)    \
	TOKEN(76, Y6, Y7)    \
	TOKEN(80, Y8, Y9)

// func tileInt8AVX2(n int)
TEXT ·tileInt8AVX2(SB), NOSPLIT, $0-8
	TILE(COLUMNS)
