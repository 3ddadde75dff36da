//go:build !purego

// The weighted sum of up to 64 rows: dim/8 * (conversion + G multiply-adds) a row,
// one conversion for four queries.

// bf16 is the upper half of an f32.
#define LOAD(address, y) VPMOVZXWD address, y; VPSLLD $16, y, y
#define BYTES 2

#include "attend_avx2_amd64.h"

// func mixBF16AVX2(out, p []float32, v []byte, dim, heads, n, stride int)
TEXT ·mixBF16AVX2(SB), NOSPLIT, $0-104
	MIX
