//go:build !purego

// Scores of up to 64 rows. A row of dim elements costs dim/16 * (conversion + G
// multiply-adds) and a sum over lanes per query.

#define LOAD(address, z) VMOVUPS address, z
#define BYTES 4

#include "attend_avx512_amd64.h"

// func scoresF32AVX512(s, q []float32, k []byte, dim, heads, n int)
TEXT ·scoresF32AVX512(SB), NOSPLIT, $0-96
	SCORES
