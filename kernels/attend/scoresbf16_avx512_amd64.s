//go:build !purego

// Scores of BF16 rows: see the header.

// bf16 is the upper half of an f32.
#define LOAD(address, z) VPMOVZXWD address, z; VPSLLD $16, z, z
#define BYTES 2

#include "scores_avx512_amd64.h"

// func scoresBF16AVX512(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)
TEXT ·scoresBF16AVX512(SB), NOSPLIT, $0-128
	SCORES
