//go:build !purego

// Scores of F32 rows: see the header.

#include "textflag.h"

#define LOAD(address, y) VMOVUPS address, y
#define BYTES 4

#include "scores_avx2_amd64.h"

// func scoresF32AVX2(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)
TEXT ·scoresF32AVX2(SB), NOSPLIT, $0-128
	SCORES
