//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// dst = sqrt(max(x, 0) + log1p(exp(-|x|))); 16 elements an iteration. With t =
// exp(-|x|) <= 1, log1p(t) = 2 atanh(s), s = t/(2+t) <= 1/3, by its series up to
// s^13, which leaves less than 2^-26: small t lose nothing.

DATA odd<>+0(SB)/4, $0x3d9d89d9  // 1/13
DATA odd<>+4(SB)/4, $0x3dba2e8c  // 1/11
DATA odd<>+8(SB)/4, $0x3de38e39  // 1/9
DATA odd<>+12(SB)/4, $0x3e124925 // 1/7
DATA odd<>+16(SB)/4, $0x3e4ccccd // 1/5
DATA odd<>+20(SB)/4, $0x3eaaaaab // 1/3
GLOBL odd<>(SB), RODATA|NOPTR, $24

// func sqrtSoftplusAVX512(dst, x []float32)
TEXT ·sqrtSoftplusAVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	LOAD_EXP_AVX512
	VADDPS Z22, Z22, Z19 // 2
	MOVL $0x80000000, AX
	VPBROADCASTD AX, Z18
	VPXORD Z17, Z17, Z17

loop:
	VMOVUPS (SI), Z3
	VPORD Z18, Z3, Z0 // -|x|
	EXP_AVX512(Z0, Z1, Z2)
	VADDPS Z19, Z0, Z1
	VDIVPS Z1, Z0, Z1 // s
	VMULPS Z1, Z1, Z2
	VBROADCASTSS odd<>+0(SB), Z4
	VFMADD213PS.BCST odd<>+4(SB), Z2, Z4
	VFMADD213PS.BCST odd<>+8(SB), Z2, Z4
	VFMADD213PS.BCST odd<>+12(SB), Z2, Z4
	VFMADD213PS.BCST odd<>+16(SB), Z2, Z4
	VFMADD213PS.BCST odd<>+20(SB), Z2, Z4
	VFMADD213PS Z22, Z2, Z4
	VADDPS Z1, Z1, Z1
	VMAXPS Z3, Z17, Z0 // NaN passes: it is the second source
	VFMADD231PS Z4, Z1, Z0
	VSQRTPS Z0, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET
