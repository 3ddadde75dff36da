//go:build !purego

// Scores of up to 64 rows. A row of dim elements costs dim/8 * (conversion + G
// multiply-adds) and a sum over lanes per query.

// bf16 is the upper half of an f32.
#define LOAD(address, y) VPMOVZXWD address, y; VPSLLD $16, y, y
#define BYTES 2

#include "attend_avx2_amd64.h"

// func scoresBF16AVX2(s, q []float32, k []byte, dim, heads, n int)
TEXT ·scoresBF16AVX2(SB), NOSPLIT, $0-96
	SCORES
