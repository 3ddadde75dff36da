//go:build !purego

// Scores of up to 64 rows. A row of dim elements costs dim/16 * (conversion + G
// multiply-adds) and a sum over lanes per query.

// bf16 is the upper half of an f32.
#define LOAD(address, z) VPMOVZXWD address, z; VPSLLD $16, z, z
#define BYTES 2

#include "attend_avx512_amd64.h"

// func scoresBF16AVX512(s, q []float32, k []byte, dim, heads, n int)
TEXT ·scoresBF16AVX512(SB), NOSPLIT, $0-96
	SCORES
