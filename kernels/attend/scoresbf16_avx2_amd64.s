//go:build !purego

// Scores of BF16 rows: see the header.

// bf16 is the upper half of an f32.
#define LOAD(address, y) VPMOVZXWD address, y; VPSLLD $16, y, y
#define BYTES 2

#include "scores_avx2_amd64.h"

// func scoresBF16AVX2(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)
TEXT ·scoresBF16AVX2(SB), NOSPLIT, $0-128
	SCORES
