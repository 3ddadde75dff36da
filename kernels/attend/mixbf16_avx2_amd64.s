//go:build !purego

// The weighted sum of BF16 rows: see the header.

// bf16 is the upper half of an f32.
#define LOAD(address, y) VPMOVZXWD address, y; VPSLLD $16, y, y
#define BYTES 2

#include "mix_avx2_amd64.h"

// func mixBF16AVX2(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)
TEXT ·mixBF16AVX2(SB), NOSPLIT, $0-128
	MIX
