//go:build !purego

// The weighted sum of F32 rows: see the header.

#define LOAD(address, z) VMOVUPS address, z
#define BYTES 4

#include "mix_avx512_amd64.h"

// func mixF32AVX512(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)
TEXT ·mixF32AVX512(SB), NOSPLIT, $0-128
	MIX
