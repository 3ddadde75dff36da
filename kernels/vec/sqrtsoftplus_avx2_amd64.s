//go:build !purego

#include "textflag.h"

// dst = sqrt(max(x, 0) + log1p(t)), t = exp(-|x|) <= 1; 8 elements are some 40 operations,
// a root among them; a division would double what one unit has to do.
//
// exp: as in exp_avx2_amd64.h, but as results are 1 at most, n is added to the exponent of
// exp(r) at once. A negative sum means 0: below the normal numbers t is within 2^-127. n
// is the low bits of x / ln 2 + 1.5 * 2^23.
// log1p: t + t^2 P(t), by which small t lose nothing. The polynomials are minimax ones,
// exp(r) within 2^-28 and log1p(t) within 2^-24.8 of their values, of which the root takes
// half.
//
// Each element is a chain of 100 cycles, and a CPU looks ahead only so many instructions:
// in two loops, one for t of 128 elements and one for the rest, twice as many elements
// are under way.

DATA softplus<>+0(SB)/4, $0x80000000  // the sign
DATA softplus<>+4(SB)/4, $0xc2d00000  // -104
DATA softplus<>+8(SB)/4, $0x3fb8aa3b  // 1/ln 2
DATA softplus<>+12(SB)/4, $0x4b400000 // 1.5 * 2^23
DATA softplus<>+16(SB)/4, $0xbf318000 // -0.693359375
DATA softplus<>+20(SB)/4, $0x395e8083 // 0.693359375 - ln 2
DATA softplus<>+24(SB)/4, $0x3efffffe // r^2
DATA softplus<>+28(SB)/4, $0x3e2aaa49 // r^3
DATA softplus<>+32(SB)/4, $0x3d2aac79 // r^4
DATA softplus<>+36(SB)/4, $0x3c091cf2 // r^5
DATA softplus<>+40(SB)/4, $0x3ab51216 // r^6
DATA softplus<>+44(SB)/4, $0xbeffff8a // t^2
DATA softplus<>+48(SB)/4, $0x3eaa9aec // t^3
DATA softplus<>+52(SB)/4, $0xbe7e8982 // t^4
DATA softplus<>+56(SB)/4, $0x3e4421f0 // t^5
DATA softplus<>+60(SB)/4, $0xbe0cd64d // t^6
DATA softplus<>+64(SB)/4, $0x3da234e6 // t^7
DATA softplus<>+68(SB)/4, $0xbcf649e2 // t^8
DATA softplus<>+72(SB)/4, $0x3bafc8c7 // t^9
DATA softplus<>+76(SB)/4, $0x3f800000 // 1
GLOBL softplus<>(SB), RODATA|NOPTR, $80


// func sqrtSoftplusAVX2(dst, x []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $512-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	SHLQ $2, CX

chunk:
	MOVQ $512, DX
	CMPQ CX, DX
	CMOVQLT CX, DX
	VBROADCASTSS softplus<>+0(SB), Y3
	VBROADCASTSS softplus<>+4(SB), Y4
	VBROADCASTSS softplus<>+8(SB), Y5
	VBROADCASTSS softplus<>+12(SB), Y6
	VBROADCASTSS softplus<>+16(SB), Y7
	VBROADCASTSS softplus<>+20(SB), Y8
	VBROADCASTSS softplus<>+24(SB), Y9
	VBROADCASTSS softplus<>+28(SB), Y10
	VBROADCASTSS softplus<>+32(SB), Y11
	VBROADCASTSS softplus<>+36(SB), Y12
	VBROADCASTSS softplus<>+40(SB), Y13
	VBROADCASTSS softplus<>+76(SB), Y14
	VPXOR Y15, Y15, Y15
	XORQ BX, BX

exp:
	VORPS (SI)(BX*1), Y3, Y0 // -|x|
	VPMINUD Y4, Y0, Y0       // the larger: these are negative
	VMOVAPS Y6, Y1
	VFMADD231PS Y5, Y0, Y1
	VSUBPS Y6, Y1, Y2 // n
	VPSLLD $23, Y1, Y1
	VFMADD231PS Y7, Y2, Y0
	VFMADD231PS Y8, Y2, Y0 // r
	VMOVAPS Y12, Y2
	VFMADD231PS Y13, Y0, Y2
	VFMADD213PS Y11, Y0, Y2
	VFMADD213PS Y10, Y0, Y2
	VFMADD213PS Y9, Y0, Y2
	VFMADD213PS Y14, Y0, Y2
	VFMADD213PS Y14, Y0, Y2 // exp(r)
	VPADDD Y1, Y2, Y2
	VPMAXSD Y15, Y2, Y2 // t
	VMOVUPS Y2, (SP)(BX*1)
	ADDQ $32, BX
	CMPQ BX, DX
	JLT  exp

	VBROADCASTSS softplus<>+44(SB), Y6
	VBROADCASTSS softplus<>+48(SB), Y7
	VBROADCASTSS softplus<>+52(SB), Y8
	VBROADCASTSS softplus<>+56(SB), Y9
	VBROADCASTSS softplus<>+60(SB), Y10
	VBROADCASTSS softplus<>+64(SB), Y11
	VBROADCASTSS softplus<>+68(SB), Y12
	VBROADCASTSS softplus<>+72(SB), Y13
	XORQ BX, BX

log:
	VMOVUPS (SP)(BX*1), Y0
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
	VMOVUPS Y2, (DI)(BX*1)
	ADDQ $32, BX
	CMPQ BX, DX
	JLT  log

	ADDQ DX, SI
	ADDQ DX, DI
	SUBQ DX, CX
	JNZ  chunk
	VZEROUPPER
	RET
