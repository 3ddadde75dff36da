//go:build !purego

// The weighted sum of F32 rows: see the header.

#include "textflag.h"

#define BEGIN_LOADS(y)
#define LOAD(address, begun, y) VMOVUPS address, y
#define BYTES 4

#include "mix_avx2_amd64.h"

// func mixF32AVX2(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)
TEXT ·mixF32AVX2(SB), NOSPLIT, $0-128
	MIX
