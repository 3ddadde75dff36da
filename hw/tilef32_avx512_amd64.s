//go:build !purego

#include "tile_amd64.h"

// A column of 16 rows times 12 tokens, each of which reads its own value.
#define TOKEN(at, r) VFMADD231PS.BCST (at)(L1), Z12, r

#define COLUMN \
	VMOVUPS 64(L1), Z12 \
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

// func tileF32AVX512(n int)
TEXT ·tileF32AVX512(SB), NOSPLIT, $0-8
	TILE(COLUMN)
