//go:build !purego

#include "tile_amd64.h"

// 4 columns of 16 rows times 12 tokens: every product reads its token's codes.
#define TOKEN(at, r) VPDPBUSD.BCST (at)(L1), Z12, r

#define COLUMN \
	VMOVDQU32 64(L1), Z12 \
	TOKEN(0, Z0)        \
	TOKEN(4, Z1)        \
	TOKEN(8, Z2)        \
	TOKEN(12, Z3)       \
	TOKEN(16, Z4)       \
	TOKEN(20, Z5)       \
	TOKEN(24, Z6)       \
	TOKEN(28, Z7)       \
	TOKEN(32, Z8)       \
	TOKEN(36, Z9)       \
	TOKEN(40, Z10)      \
	TOKEN(44, Z11)

// func tileInt8AVX512VNNI(n int)
TEXT ·tileInt8AVX512VNNI(SB), NOSPLIT, $0-8
	TILE(COLUMN)
