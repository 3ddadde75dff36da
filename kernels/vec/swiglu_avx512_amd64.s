//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// dst = (u + offset) g / (1 + exp(-alpha g)) with g = min(g, limit) and u =
// clamp(u, -limit, limit); 16 elements an iteration, bound by arithmetic.

// func swigluAVX512(dst, g, u []float32, p gate)
TEXT ·swigluAVX512(SB), NOSPLIT, $0-84
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ u_base+48(FP), DX
	VBROADCASTSS p_limit+72(FP), Z19
	VBROADCASTSS p_alpha+76(FP), Z18
	VBROADCASTSS p_offset+80(FP), Z17
	LOAD_EXP_AVX512
	VPXORD Z16, Z16, Z16
	VSUBPS Z18, Z16, Z18 // -alpha
	VSUBPS Z19, Z16, Z16 // -limit

loop:
	VMOVUPS (SI), Z3
	VMINPS Z3, Z19, Z3 // NaN passes: it is the second source
	VMOVUPS (DX), Z4
	VMINPS Z4, Z19, Z4
	VMAXPS Z4, Z16, Z4
	VMULPS Z18, Z3, Z0
	EXP_AVX512(Z0, Z1, Z2)
	VADDPS Z22, Z0, Z0
	VADDPS Z17, Z4, Z4
	VMULPS Z3, Z4, Z4
	VDIVPS Z0, Z4, Z4
	VMOVUPS Z4, (DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET
