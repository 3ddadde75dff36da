//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// h = (u + offset) g / (1 + exp(-alpha g)) with g = min(g, limit) and u = clamp(u, -limit,
// limit); 8 elements at a time, bound by arithmetic. The constants of exp take 12
// registers: others are broadcast anew each time.

// GATE is 8 elements. NaN passes: it is the second source of what limits it.
#define GATE(at) \
	VBROADCASTSS p_limit+80(FP), Y1 \
	VBROADCASTSS p_alpha+84(FP), Y2 \
	VMOVUPS at(SI), Y3      \
	VMINPS Y3, Y1, Y3       \
	VMULPS Y2, Y3, Y0       \
	VPXOR Y1, Y1, Y1        \
	VSUBPS Y0, Y1, Y0       \
	EXP_AVX2(Y0, Y1, Y2)    \
	VADDPS Y13, Y0, Y0      \
	VDIVPS Y0, Y3, Y3       \
	VBROADCASTSS p_limit+80(FP), Y1 \
	VPXOR Y2, Y2, Y2        \
	VSUBPS Y1, Y2, Y2       \
	VMOVUPS (at+64)(SI), Y0 \
	VMINPS Y0, Y1, Y0       \
	VMAXPS Y0, Y2, Y0       \
	VBROADCASTSS p_offset+88(FP), Y1 \
	VADDPS Y1, Y0, Y0       \
	VMULPS Y3, Y0, Y0       \
	VMOVUPS Y0, at(DI)

// func swigluAVX2(h, gateUp []float32, rows, blocks, stride, pitch int, p gate)
TEXT ·swigluAVX2(SB), NOSPLIT, $0-92
	MOVQ h_base+0(FP), R8
	MOVQ gateUp_base+24(FP), R9
	MOVQ rows+48(FP), DX
	MOVQ stride+64(FP), R10
	MOVQ pitch+72(FP), R11
	LOAD_EXP_AVX2

row:
	MOVQ R8, DI
	MOVQ R9, SI
	MOVQ blocks+56(FP), CX

block:
	GATE(0)
	GATE(32)
	ADDQ $64, DI
	ADDQ $128, SI
	DECQ CX
	JNZ  block
	LEAQ (R8)(R10*4), R8
	LEAQ (R9)(R11*4), R9
	DECQ DX
	JNZ  row
	VZEROUPPER
	RET
