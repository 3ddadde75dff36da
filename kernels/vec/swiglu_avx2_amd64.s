//go:build !purego

#include "swiglu_amd64.h"
#include "exp_avx2_amd64.h"

// 8 elements at a time. The constants of exp take 12 registers: others are broadcast anew each
// time.

// GATE is 8 elements. NaN passes: it is the second source of what limits it.
#define GATE(at) \
	VBROADCASTSS p_limit+64(FP), Y1 \
	VBROADCASTSS p_alpha+68(FP), Y2 \
	VMOVUPS at(GATES), Y3      \
	VMINPS Y3, Y1, Y3       \
	VMULPS Y2, Y3, Y0       \
	VPXOR Y1, Y1, Y1        \
	VSUBPS Y0, Y1, Y0       \
	EXP_AVX2(Y0, Y1, Y2)    \
	VADDPS Y13, Y0, Y0      \
	VDIVPS Y0, Y3, Y3       \
	VBROADCASTSS p_limit+64(FP), Y1 \
	VPXOR Y2, Y2, Y2        \
	VSUBPS Y1, Y2, Y2       \
	VMOVUPS at(GATES)(UP*1), Y0 \
	VMINPS Y0, Y1, Y0       \
	VMAXPS Y0, Y2, Y0       \
	VBROADCASTSS p_offset+72(FP), Y1 \
	VADDPS Y1, Y0, Y0       \
	VMULPS Y3, Y0, Y0       \
	VMOVUPS Y0, at(AT)

// func swigluAVX2(h, gateUp []float32, rows, stride int, p gate)
TEXT ·swigluAVX2(SB), NOSPLIT, $0-76
	ENTER_SWIGLU
	LOAD_EXP_AVX2

pair:
	PAIR

row:
	GATE(0)
	GATE(32)
	NEXT_ROW(pair, row)
