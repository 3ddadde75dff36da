//go:build !purego

// The weighted sum of up to 64 rows: dim/16 * (conversion + G multiply-adds) a row,
// one conversion for four queries.

#define LOAD(address, z) VMOVUPS address, z
#define BYTES 4

#include "attend_avx512_amd64.h"

// func mixF32AVX512(out, p []float32, v []byte, dim, heads, n, stride int)
TEXT ·mixF32AVX512(SB), NOSPLIT, $0-104
	MIX
