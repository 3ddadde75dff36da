//go:build !purego

// Scores of F32 rows: see the header.

#define LOAD(address, z) VMOVUPS address, z
#define BYTES 4

// Decoded rows are in a cache already.
#define FETCH(offset, row)

#include "scores_avx512_amd64.h"

// func scoresF32AVX512(s, q []float32, k []byte, dim, heads, n, stride int)
TEXT ·scoresF32AVX512(SB), NOSPLIT, $0-104
	SCORES
