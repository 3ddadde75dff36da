//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// x becomes sqrt(max(x, 0) + log1p(t)), t = exp(-|x|) <= 1, and sum that + add; 16
// elements an iteration. log1p is t + t^2 P(t), by which small t lose nothing: a minimax polynomial,
// within 2^-24.8 of its value, of which the root takes half. A division would double what
// one unit has to do.

DATA log1p<>+0(SB)/4, $0xbeffff8a // t^2
DATA log1p<>+4(SB)/4, $0x3eaa9aec // t^3
DATA log1p<>+8(SB)/4, $0xbe7e8982 // t^4
DATA log1p<>+12(SB)/4, $0x3e4421f0 // t^5
DATA log1p<>+16(SB)/4, $0xbe0cd64d // t^6
DATA log1p<>+20(SB)/4, $0x3da234e6 // t^7
DATA log1p<>+24(SB)/4, $0xbcf649e2 // t^8
DATA log1p<>+28(SB)/4, $0x3bafc8c7 // t^9
GLOBL log1p<>(SB), RODATA|NOPTR, $32

// func sqrtSoftplusAVX512(x, sum, add []float32)
TEXT ·sqrtSoftplusAVX512(SB), NOSPLIT, $0-72
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ sum_base+24(FP), DI
	MOVQ add_base+48(FP), R8
	LOAD_EXP_AVX512
	VBROADCASTSS log1p<>+0(SB), Z9
	VBROADCASTSS log1p<>+4(SB), Z10
	VBROADCASTSS log1p<>+8(SB), Z11
	VBROADCASTSS log1p<>+12(SB), Z12
	VBROADCASTSS log1p<>+16(SB), Z13
	VBROADCASTSS log1p<>+20(SB), Z14
	VBROADCASTSS log1p<>+24(SB), Z15
	VBROADCASTSS log1p<>+28(SB), Z16
	MOVL $0x80000000, AX
	VPBROADCASTD AX, Z18
	VPXORD Z17, Z17, Z17

loop:
	VMOVUPS (SI), Z3
	VPORD Z18, Z3, Z0 // -|x|
	EXP_AVX512(Z0, Z1, Z2, Z4)
	VMULPS Z0, Z0, Z1
	VMULPS Z1, Z1, Z2
	VMOVAPS Z10, Z4
	VFMADD213PS Z9, Z0, Z4
	VMOVAPS Z12, Z5
	VFMADD213PS Z11, Z0, Z5
	VMOVAPS Z14, Z6
	VFMADD213PS Z13, Z0, Z6
	VMOVAPS Z16, Z7
	VFMADD213PS Z15, Z0, Z7
	VFMADD231PS Z5, Z1, Z4 // up to t^5
	VFMADD231PS Z7, Z1, Z6 // from t^6 on
	VFMADD231PS Z6, Z2, Z4
	VMAXPS Z3, Z17, Z3 // NaN passes: it is the second source
	VADDPS Z0, Z3, Z3
	VFMADD231PS Z4, Z1, Z3
	VSQRTPS Z3, Z3
	VADDPS (R8), Z3, Z0
	VMOVUPS Z0, (DI)
	VMOVUPS Z3, (SI)
	ADDQ $64, SI
	ADDQ $64, DI
	ADDQ $64, R8
	SUBQ $16, CX
	JNZ  loop
	VZEROUPPER
	RET
