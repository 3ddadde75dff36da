//go:build !purego

// Scores of BF16 rows: see the header.

#include "bf16_avx2_amd64.h"
#include "fetch_amd64.h"

#define LOAD(address, y) LOAD_BF16(address, upper<>(SB), y)
#define BYTES 2

#include "scores_avx2_amd64.h"

// func scoresBF16AVX2(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)
TEXT ·scoresBF16AVX2(SB), NOSPLIT, $0-128
	SCORES
