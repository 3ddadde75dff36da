//go:build !purego

#include "tile_amd64.h"

// 3 registers times 4 in 12 sums: 7 loads for 12 multiply-adds.
#define ROW(at, r0, r1, r2) \
	VBROADCASTSS (at)(L1), Y15 \
	VFMADD231PS Y12, Y15, r0   \
	VFMADD231PS Y13, Y15, r1   \
	VFMADD231PS Y14, Y15, r2

#define COLUMN \
	VMOVUPS (L1), Y12       \
	VMOVUPS 32(L1), Y13     \
	VMOVUPS 64(L1), Y14     \
	ROW(128, Y0, Y1, Y2)    \
	ROW(132, Y3, Y4, Y5)    \
	ROW(136, Y6, Y7, Y8)    \
	ROW(140, Y9, Y10, Y11)

#define COLUMNS \
	COLUMN \
	COLUMN

// func tileF32AVX2(n int)
TEXT ·tileF32AVX2(SB), NOSPLIT, $0-8
	TILE(COLUMNS)
