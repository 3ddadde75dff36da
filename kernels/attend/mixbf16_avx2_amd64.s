//go:build !purego

// The weighted sum of BF16 rows: see the header.

#include "bf16_avx2_amd64.h"
#include "fetch_amd64.h"

#define BEGIN_LOADS(y) VMOVDQU upper<>(SB), y
#define LOAD(address, begun, y) LOAD_BF16(address, begun, y)
#define BYTES 2

#include "mix_avx2_amd64.h"

// func mixBF16AVX2(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)
TEXT ·mixBF16AVX2(SB), NOSPLIT, $0-128
	MIX
