//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// x becomes sqrt(max(x, 0) + log1p(t)), t = exp(-|x|) <= 1, and sum that + add; 16 elements
// are some 30 operations, a root among them; a division would double what one unit has to do.
//
// log1p is t + t^2 P(t), by which small t lose nothing: a minimax polynomial within 2^-24.8
// of its value, of which the root takes half.
//
// Each element is a chain of 90 cycles, and a CPU looks ahead only so many instructions:
// in two loops, one for t, which waits where the sum will be, and one for the rest, twice
// as many elements are under way.

DATA softplus<>+0(SB)/4, $0x42d00000  // 104
DATA softplus<>+4(SB)/4, $0xbeffff8a  // t^2
DATA softplus<>+8(SB)/4, $0x3eaa9aec  // t^3
DATA softplus<>+12(SB)/4, $0xbe7e8982 // t^4
DATA softplus<>+16(SB)/4, $0x3e4421f0 // t^5
DATA softplus<>+20(SB)/4, $0xbe0cd64d // t^6
DATA softplus<>+24(SB)/4, $0x3da234e6 // t^7
DATA softplus<>+28(SB)/4, $0xbcf649e2 // t^8
DATA softplus<>+32(SB)/4, $0x3bafc8c7 // t^9
GLOBL softplus<>(SB), RODATA|NOPTR, $36

// func sqrtSoftplusAVX512(x, sum, add []float32)
TEXT ·sqrtSoftplusAVX512(SB), NOSPLIT, $0-72
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ sum_base+24(FP), DI
	MOVQ add_base+48(FP), R8
	SHLQ $2, CX
	LOAD_EXP_AVX512
	VBROADCASTSS softplus<>+0(SB), Z17
	XORQ BX, BX

exp:
	VMOVUPS (SI)(BX*1), Z0
	VRANGEPS $0xe, Z17, Z0, Z0 // -min(|x|, 104)
	EXP_INSIDE_AVX512(Z0, Z1, Z2, Z3)
	VMOVUPS Z0, (DI)(BX*1) // t
	ADDQ $64, BX
	CMPQ BX, CX
	JLT  exp

	VBROADCASTSS softplus<>+4(SB), Z9
	VBROADCASTSS softplus<>+8(SB), Z10
	VBROADCASTSS softplus<>+12(SB), Z11
	VBROADCASTSS softplus<>+16(SB), Z12
	VBROADCASTSS softplus<>+20(SB), Z13
	VBROADCASTSS softplus<>+24(SB), Z14
	VBROADCASTSS softplus<>+28(SB), Z15
	VBROADCASTSS softplus<>+32(SB), Z16
	VPXORD Z17, Z17, Z17
	XORQ BX, BX

log:
	VMOVUPS (DI)(BX*1), Z0 // t
	VMULPS Z0, Z0, Z1
	VMOVAPS Z15, Z2
	VFMADD231PS Z16, Z0, Z2
	VMOVAPS Z13, Z3
	VFMADD231PS Z14, Z0, Z3
	VMOVAPS Z11, Z4
	VFMADD231PS Z12, Z0, Z4
	VMOVAPS Z9, Z5
	VFMADD231PS Z10, Z0, Z5
	VFMADD213PS Z3, Z1, Z2 // from t^6 on
	VFMADD213PS Z4, Z1, Z2
	VFMADD213PS Z5, Z1, Z2
	VFMADD213PS Z0, Z1, Z2
	VMAXPS (SI)(BX*1), Z17, Z3 // NaN passes: it is the second source
	VADDPS Z3, Z2, Z2
	VSQRTPS Z2, Z2
	VADDPS (R8)(BX*1), Z2, Z3
	VMOVUPS Z3, (DI)(BX*1)
	VMOVUPS Z2, (SI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, CX
	JLT  log

	VZEROUPPER
	RET
