//go:build !purego

#include "textflag.h"

// dst = sqrt(max(x, 0) + log1p(t)), t = exp(-|x|) <= 1; 8 elements are some 45 operations,
// a root among them; a division would double what one unit has to do.
//
// exp: as in exp_avx2_amd64.h, but as results are 1 at most, n is added to the exponent of
// exp(r) at once. A negative sum means 0: below the normal numbers t is within 2^-127. n
// is the low bits of x / ln 2 + 1.5 * 2^23.
// log1p: t + t^2 P(t), by which small t lose nothing. The polynomials are minimax ones,
// exp(r) within 2^-28 and log1p(t) within 2^-24.8 of their values, of which the root takes
// half; terms are taken in pairs, for latency is what bounds the loop.

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

#define LEAST Y6
#define LOG2E Y7
#define ROUND Y8
#define LN2HI Y9
#define LN2LO Y10
#define R2 Y11
#define R4 Y12
#define R6 Y13
#define T5 Y14
#define T9 Y15

// func sqrtSoftplusAVX2(dst, x []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VBROADCASTSS softplus<>+4(SB), LEAST
	VBROADCASTSS softplus<>+8(SB), LOG2E
	VBROADCASTSS softplus<>+12(SB), ROUND
	VBROADCASTSS softplus<>+16(SB), LN2HI
	VBROADCASTSS softplus<>+20(SB), LN2LO
	VBROADCASTSS softplus<>+24(SB), R2
	VBROADCASTSS softplus<>+32(SB), R4
	VBROADCASTSS softplus<>+40(SB), R6
	VBROADCASTSS softplus<>+56(SB), T5
	VBROADCASTSS softplus<>+72(SB), T9

loop:
	VBROADCASTSS softplus<>+0(SB), Y0
	VORPS (SI), Y0, Y0 // -|x|
	VMAXPS Y0, LEAST, Y0
	VMOVAPS ROUND, Y1
	VFMADD231PS LOG2E, Y0, Y1
	VSUBPS ROUND, Y1, Y2 // n
	VPSLLD $23, Y1, Y1
	VFMADD231PS LN2HI, Y2, Y0
	VFMADD231PS LN2LO, Y2, Y0 // r
	VMULPS Y0, Y0, Y2
	VBROADCASTSS softplus<>+36(SB), Y3
	VFMADD213PS R4, Y0, Y3
	VBROADCASTSS softplus<>+28(SB), Y4
	VFMADD213PS R2, Y0, Y4
	VFMADD231PS R6, Y2, Y3
	VFMADD231PS Y3, Y2, Y4
	VBROADCASTSS softplus<>+76(SB), Y3
	VADDPS Y3, Y0, Y0
	VFMADD231PS Y4, Y2, Y0 // exp(r)
	VPADDD Y1, Y0, Y0
	VPXOR Y2, Y2, Y2
	VPMAXSD Y2, Y0, Y0 // t
	VMAXPS (SI), Y2, Y2 // NaN passes: it is the second source
	VMULPS Y0, Y0, Y1
	VADDPS Y0, Y2, Y2
	VBROADCASTSS softplus<>+44(SB), Y3
	VBROADCASTSS softplus<>+48(SB), Y4
	VFMADD231PS Y4, Y0, Y3
	VBROADCASTSS softplus<>+52(SB), Y4
	VFMADD231PS T5, Y0, Y4
	VFMADD231PS Y4, Y1, Y3 // up to t^5
	VBROADCASTSS softplus<>+60(SB), Y4
	VBROADCASTSS softplus<>+64(SB), Y5
	VFMADD231PS Y5, Y0, Y4
	VBROADCASTSS softplus<>+68(SB), Y5
	VFMADD231PS T9, Y0, Y5
	VFMADD231PS Y5, Y1, Y4 // from t^6 on
	VMULPS Y1, Y1, Y5
	VFMADD231PS Y4, Y5, Y3
	VFMADD231PS Y3, Y1, Y2
	VSQRTPS Y2, Y2
	VMOVUPS Y2, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
