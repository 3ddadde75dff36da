//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// dst = (u + offset) g / (1 + exp(-alpha g)) with g = min(g, limit) and u =
// clamp(u, -limit, limit); 8 elements an iteration, bound by arithmetic. The
// constants of exp take 12 registers: others are broadcast anew each time.

// func swigluAVX2(dst, g, u []float32, p gate)
TEXT ·swigluAVX2(SB), NOSPLIT, $0-84
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ g_base+24(FP), SI
	MOVQ u_base+48(FP), DX
	LOAD_EXP_AVX2

loop:
	VBROADCASTSS p_limit+72(FP), Y1
	VBROADCASTSS p_alpha+76(FP), Y2
	VMOVUPS (SI), Y3
	VMINPS Y3, Y1, Y3 // NaN passes: it is the second source
	VMULPS Y2, Y3, Y0
	VPXOR Y1, Y1, Y1
	VSUBPS Y0, Y1, Y0 // -alpha g
	EXP_AVX2(Y0, Y1, Y2)
	VADDPS Y13, Y0, Y0
	VDIVPS Y0, Y3, Y3 // g sigmoid(alpha g)
	VBROADCASTSS p_limit+72(FP), Y1
	VPXOR Y2, Y2, Y2
	VSUBPS Y1, Y2, Y2
	VMOVUPS (DX), Y0
	VMINPS Y0, Y1, Y0
	VMAXPS Y0, Y2, Y0
	VBROADCASTSS p_offset+80(FP), Y1
	VADDPS Y1, Y0, Y0
	VMULPS Y3, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
