//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// h = (u + offset) g / (1 + exp(-alpha g)) with g = min(g, limit) and u = clamp(u, -limit,
// limit); 8 elements at a time, bound by arithmetic. The constants of exp take 12
// registers: others are broadcast anew each time.

// GATE is 8 elements. NaN passes: it is the second source of what limits it.
#define GATE(at) \
	VBROADCASTSS p_limit+64(FP), Y1 \
	VBROADCASTSS p_alpha+68(FP), Y2 \
	VMOVUPS at(SI), Y3      \
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
	VMOVUPS at(SI)(R8*1), Y0 \
	VMINPS Y0, Y1, Y0       \
	VMAXPS Y0, Y2, Y0       \
	VBROADCASTSS p_offset+72(FP), Y1 \
	VADDPS Y1, Y0, Y0       \
	VMULPS Y3, Y0, Y0       \
	VMOVUPS Y0, at(DI)

// func swigluAVX2(h, gateUp []float32, rows, stride int, p gate)
TEXT ·swigluAVX2(SB), NOSPLIT, $0-76
	MOVQ h_base+0(FP), DI
	MOVQ gateUp_base+24(FP), SI
	MOVQ rows+48(FP), CX
	MOVQ stride+56(FP), DX
	SHLQ $2, DX
	MOVQ CX, R8
	SHLQ $6, R8 // from gate to up values
	LOAD_EXP_AVX2

row:
	GATE(0)
	GATE(32)
	ADDQ DX, DI
	ADDQ $64, SI
	DECQ CX
	JNZ  row
	VZEROUPPER
	RET
