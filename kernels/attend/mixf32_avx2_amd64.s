//go:build !purego

// The weighted sum of up to 64 rows: dim/8 * (conversion + G multiply-adds) a row,
// one conversion for four queries.

#define LOAD(address, y) VMOVUPS address, y
#define BYTES 4

#include "attend_avx2_amd64.h"

// func mixF32AVX2(out, p []float32, v []byte, dim, heads, n, stride int)
TEXT ·mixF32AVX2(SB), NOSPLIT, $0-104
	MIX
