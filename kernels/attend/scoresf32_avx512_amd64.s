//go:build !purego

// Scores of F32 rows: see the header.

#define LOAD(address, z) VMOVUPS address, z
#define BYTES 4

#include "scores_avx512_amd64.h"

// func scoresF32AVX512(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)
TEXT ·scoresF32AVX512(SB), NOSPLIT, $0-128
	SCORES
