//go:build !purego

#include "tile_amd64.h"

// 4 columns of 16 rows times 12 tokens.
#define TOKEN(at, r) VPDPBUSD.BCST (at)(L1), Z12, r

// func tileInt8AVX512VNNI(n int)
TEXT ·tileInt8AVX512VNNI(SB), NOSPLIT, $0-8
	TILE(TOKENS12)
