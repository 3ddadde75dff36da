//go:build !purego

#include "tile_amd64.h"

// 4 columns of 32 rows times 12 tokens in 24 sums: 14 loads for 24 products.
#define TOKEN(at, a, b) \
	VPBROADCASTD (at)(L1), Z14 \
	VPDPBUSD Z14, Z12, a       \
	VPDPBUSD Z14, Z13, b

#define COLUMNS \
	VMOVUPS 64(L1), Z12   \
	VMOVUPS 128(L1), Z13  \
	TOKEN(0, Z0, Z16)     \
	TOKEN(4, Z1, Z17)     \
	TOKEN(8, Z2, Z18)     \
	TOKEN(12, Z3, Z19)    \
	TOKEN(16, Z4, Z20)    \
	TOKEN(20, Z5, Z21)    \
	TOKEN(24, Z6, Z22)    \
	TOKEN(28, Z7, Z23)    \
	TOKEN(32, Z8, Z24)    \
	TOKEN(36, Z9, Z25)    \
	TOKEN(40, Z10, Z26)   \
	TOKEN(44, Z11, Z27)

// func tileInt8AVX512VNNI(n int)
TEXT ·tileInt8AVX512VNNI(SB), NOSPLIT, $0-8
	TILE(COLUMNS)
