//go:build !purego

// Scores of up to 64 rows. A row of dim elements costs dim/8 * (conversion + G
// multiply-adds) and a sum over lanes per query.

#define LOAD(address, y) VMOVUPS address, y
#define BYTES 4

#include "attend_avx2_amd64.h"

// func scoresF32AVX2(s, q []float32, k []byte, dim, heads, n int)
TEXT ·scoresF32AVX2(SB), NOSPLIT, $0-96
	SCORES
