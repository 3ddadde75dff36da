//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// h = (u + offset) g / (1 + exp(-alpha g)) with g = min(g, limit) and u =
// clamp(u, -limit, limit); 16 elements an iteration, bound by arithmetic.

// func swigluAVX512(h, gateUp []float32, rows, blocks, stride, pitch int, p gate)
TEXT ·swigluAVX512(SB), NOSPLIT, $0-92
	MOVQ h_base+0(FP), R8
	MOVQ gateUp_base+24(FP), R9
	MOVQ rows+48(FP), DX
	MOVQ stride+64(FP), R10
	MOVQ pitch+72(FP), R11
	VBROADCASTSS p_limit+80(FP), Z19
	VBROADCASTSS p_alpha+84(FP), Z18
	VBROADCASTSS p_offset+88(FP), Z17
	LOAD_EXP_AVX512
	VPXORD Z16, Z16, Z16
	VSUBPS Z18, Z16, Z18 // -alpha
	VSUBPS Z19, Z16, Z16 // -limit

row:
	MOVQ R8, DI
	MOVQ R9, SI
	MOVQ blocks+56(FP), CX

block:
	VMOVUPS (SI), Z3
	VMINPS Z3, Z19, Z3 // NaN passes: it is the second source
	VMOVUPS 64(SI), Z4
	VMINPS Z4, Z19, Z4
	VMAXPS Z4, Z16, Z4
	VMULPS Z18, Z3, Z0
	EXP_AVX512(Z0, Z1, Z2, Z5)
	VADDPS Z22, Z0, Z0
	VADDPS Z17, Z4, Z4
	VMULPS Z3, Z4, Z4
	VDIVPS Z0, Z4, Z4
	VMOVUPS Z4, (DI)
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
