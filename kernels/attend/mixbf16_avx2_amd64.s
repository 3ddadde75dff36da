//go:build !purego

// The weighted sum of BF16 rows: see the header.

// bf16 is the upper half of an f32.
#define LOAD(address, y) VPMOVZXWD address, y; VPSLLD $16, y, y
#define BYTES 2

// About the next blocks of rows, whose turn comes a few microseconds later.
#define FETCH(offset, row) PREFETCHT1 (16384+offset) row

#include "mix_avx2_amd64.h"

// func mixBF16AVX2(out, p []float32, v []byte, dim, heads, n, stride int)
TEXT ·mixBF16AVX2(SB), NOSPLIT, $0-104
	MIX
