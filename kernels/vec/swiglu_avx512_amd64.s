//go:build !purego

#include "swiglu_amd64.h"
#include "exp_avx512_amd64.h"

// 16 elements at a time, 128 bytes that become 64: 8 operations, one of them a division, and
// those of exp. Constants stay in registers.

// func swigluAVX512(h, gateUp []float32, rows, stride int, p gate)
TEXT ·swigluAVX512(SB), NOSPLIT, $0-76
	ENTER_SWIGLU
	VBROADCASTSS p_limit+64(FP), Z19
	VBROADCASTSS p_alpha+68(FP), Z18
	VBROADCASTSS p_offset+72(FP), Z17
	LOAD_EXP_AVX512
	VPXORD Z16, Z16, Z16
	VSUBPS Z18, Z16, Z18 // -alpha
	VSUBPS Z19, Z16, Z16 // -limit

pair:
	PAIR

row:
	VMOVUPS (GATES), Z3
	VMINPS Z3, Z19, Z3 // NaN passes: it is the second source
	VMOVUPS (GATES)(UP*1), Z4
	VMINPS Z4, Z19, Z4
	VMAXPS Z4, Z16, Z4
	VMULPS Z18, Z3, Z0
	EXP_AVX512(Z0, Z1, Z2, Z5)
	VADDPS Z22, Z0, Z0
	VADDPS Z17, Z4, Z4
	VMULPS Z3, Z4, Z4
	VDIVPS Z0, Z4, Z4
	VMOVUPS Z4, (AT)
	NEXT_ROW(pair, row)
