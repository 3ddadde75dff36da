//go:build !purego

// The weighted sum of BF16 rows: see the header.

// bf16 is the upper half of an f32.
#define LOAD(address, z) VPMOVZXWD address, z; VPSLLD $16, z, z
#define BYTES 2

#include "mix_avx512_amd64.h"

// func mixBF16AVX512(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)
TEXT ·mixBF16AVX512(SB), NOSPLIT, $0-128
	MIX
