//go:build !purego

// The weighted sum of up to 64 rows: dim/16 * (conversion + G multiply-adds) a row,
// one conversion for four queries.

// bf16 is the upper half of an f32.
#define LOAD(address, z) VPMOVZXWD address, z; VPSLLD $16, z, z
#define BYTES 2

#include "attend_avx512_amd64.h"

// func mixBF16AVX512(out, p []float32, v []byte, dim, heads, n, stride int)
TEXT ·mixBF16AVX512(SB), NOSPLIT, $0-104
	MIX
