//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// x becomes sqrt(max(x, 0) + log1p(t)), t = exp(-|x|) <= 1, and sum that + add; 8 elements
// are some 40 operations, a root among them; a division would double what one unit has to do.
//
// log1p is t + t^2 P(t), by which small t lose nothing: a minimax polynomial within 2^-24.8
// of its value, of which the root takes half.
//
// Each element is a chain of 100 cycles, and a CPU looks ahead only so many instructions:
// in two loops, one for t, which waits where the sum will be, and one for the rest, twice
// as many elements are under way.

DATA softplus<>+0(SB)/4, $0x80000000  // the sign
DATA softplus<>+4(SB)/4, $0xbeffff8a  // t^2
DATA softplus<>+8(SB)/4, $0x3eaa9aec  // t^3
DATA softplus<>+12(SB)/4, $0xbe7e8982 // t^4
DATA softplus<>+16(SB)/4, $0x3e4421f0 // t^5
DATA softplus<>+20(SB)/4, $0xbe0cd64d // t^6
DATA softplus<>+24(SB)/4, $0x3da234e6 // t^7
DATA softplus<>+28(SB)/4, $0xbcf649e2 // t^8
DATA softplus<>+32(SB)/4, $0x3bafc8c7 // t^9
GLOBL softplus<>(SB), RODATA|NOPTR, $36

// func sqrtSoftplusAVX2(x, sum, add []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $0-72
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ sum_base+24(FP), DI
	MOVQ add_base+48(FP), R8
	SHLQ $2, CX
	LOAD_EXP_AVX2
	VBROADCASTSS softplus<>+0(SB), Y3
	XORQ BX, BX

exp:
	VORPS (SI)(BX*1), Y3, Y0 // -|x|
	EXP_DOWN_AVX2(Y0, Y1, Y2)
	VMOVUPS Y0, (DI)(BX*1) // t
	ADDQ $32, BX
	CMPQ BX, CX
	JLT  exp

	VBROADCASTSS softplus<>+4(SB), Y6
	VBROADCASTSS softplus<>+8(SB), Y7
	VBROADCASTSS softplus<>+12(SB), Y8
	VBROADCASTSS softplus<>+16(SB), Y9
	VBROADCASTSS softplus<>+20(SB), Y10
	VBROADCASTSS softplus<>+24(SB), Y11
	VBROADCASTSS softplus<>+28(SB), Y12
	VBROADCASTSS softplus<>+32(SB), Y13
	VPXOR Y15, Y15, Y15
	XORQ BX, BX

log:
	VMOVUPS (DI)(BX*1), Y0 // t
	VMAXPS (SI)(BX*1), Y15, Y2 // NaN passes: it is the second source
	VMULPS Y0, Y0, Y1
	VADDPS Y0, Y2, Y2
	VMOVAPS Y12, Y3
	VFMADD231PS Y13, Y0, Y3
	VMOVAPS Y10, Y4
	VFMADD231PS Y11, Y0, Y4
	VMOVAPS Y8, Y5
	VFMADD231PS Y9, Y0, Y5
	VFMADD213PS Y6, Y7, Y0
	VFMADD213PS Y4, Y1, Y3 // from t^6 on
	VFMADD213PS Y5, Y1, Y3
	VFMADD213PS Y0, Y1, Y3
	VFMADD231PS Y3, Y1, Y2
	VSQRTPS Y2, Y2
	VADDPS (R8)(BX*1), Y2, Y3
	VMOVUPS Y3, (DI)(BX*1)
	VMOVUPS Y2, (SI)(BX*1)
	ADDQ $32, BX
	CMPQ BX, CX
	JLT  log

	VZEROUPPER
	RET
