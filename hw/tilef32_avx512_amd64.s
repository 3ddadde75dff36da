//go:build !purego

#include "tile_amd64.h"

// A column of 16 rows times 12 tokens.
#define TOKEN(at, r) VFMADD231PS.BCST (at)(L1), Z12, r

// func tileF32AVX512(n int)
TEXT ·tileF32AVX512(SB), NOSPLIT, $0-8
	TILE(TOKENS12)
