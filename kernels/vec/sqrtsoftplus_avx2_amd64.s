//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// dst = sqrt(max(x, 0) + log1p(exp(-|x|))); 8 elements an iteration. With t =
// exp(-|x|) <= 1, log1p(t) = 2 atanh(s), s = t/(2+t) <= 1/3, by its series up to
// s^13, which leaves less than 2^-26: small t lose nothing.

DATA odd<>+0(SB)/4, $0x3d9d89d9  // 1/13
DATA odd<>+4(SB)/4, $0x3dba2e8c  // 1/11
DATA odd<>+8(SB)/4, $0x3de38e39  // 1/9
DATA odd<>+12(SB)/4, $0x3e124925 // 1/7
DATA odd<>+16(SB)/4, $0x3e4ccccd // 1/5
DATA odd<>+20(SB)/4, $0x3eaaaaab // 1/3
DATA odd<>+24(SB)/4, $0x80000000 // sign
GLOBL odd<>(SB), RODATA|NOPTR, $28

// TERM goes on with the series in Y0, in powers of Y2.
#define TERM(coefficient) \
	VBROADCASTSS coefficient, Y3 \
	VFMADD213PS Y3, Y2, Y0

// func sqrtSoftplusAVX2(dst, x []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	LOAD_EXP_AVX2 // 1 in Y13

loop:
	VBROADCASTSS odd<>+24(SB), Y0
	VORPS (SI), Y0, Y0 // -|x|
	EXP_AVX2(Y0, Y1, Y2)
	VADDPS Y13, Y13, Y1
	VADDPS Y0, Y1, Y1
	VDIVPS Y1, Y0, Y1 // s
	VMULPS Y1, Y1, Y2
	VBROADCASTSS odd<>+0(SB), Y0
	TERM(odd<>+4(SB))
	TERM(odd<>+8(SB))
	TERM(odd<>+12(SB))
	TERM(odd<>+16(SB))
	TERM(odd<>+20(SB))
	VFMADD213PS Y13, Y2, Y0
	VADDPS Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VMAXPS (SI), Y2, Y2 // NaN passes: it is the second source
	VFMADD231PS Y0, Y1, Y2
	VSQRTPS Y2, Y2
	VMOVUPS Y2, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
