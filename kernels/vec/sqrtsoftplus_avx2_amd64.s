//go:build !purego

#include "textflag.h"

// dst = sqrt(max(x, 0) + log1p(t)), t = exp(-|x|) <= 1; 8 elements are some 40 operations,
// a division and a root among them.
//
// exp: as in exp_avx2_amd64.h, but as results are 1 at most, n is added to the exponent of
// exp(r) at once. A negative sum means 0: below the normal numbers t is within 2^-127. n
// is the low bits of x / ln 2 + 1.5 * 2^23.
// log1p: 2 atanh(s) = 2s (1 + s^2 P(s^2)) with s = t/(2+t) <= 1/3: small t lose nothing.
// The polynomials are minimax ones, exp(r) within 2^-28 and atanh(s) within 2^-27 of their
// values; terms are taken in pairs, for latency is what bounds the loop.

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
DATA softplus<>+44(SB)/4, $0x3eaaaa80 // s^2
DATA softplus<>+48(SB)/4, $0x3e4ce93e // s^4
DATA softplus<>+52(SB)/4, $0x3e0f5b08 // s^6
DATA softplus<>+56(SB)/4, $0x3e0f7c39 // s^8
DATA softplus<>+60(SB)/4, $0x3f800000 // 1
DATA softplus<>+64(SB)/4, $0x40000000 // 2
GLOBL softplus<>(SB), RODATA|NOPTR, $68

#define SIGN Y5
#define LEAST Y6
#define LOG2E Y7
#define ROUND Y8
#define LN2HI Y9
#define LN2LO Y10
#define R2 Y11
#define R4 Y12
#define R6 Y13
#define S2 Y14
#define S6 Y15

// func sqrtSoftplusAVX2(dst, x []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	VBROADCASTSS softplus<>+0(SB), SIGN
	VBROADCASTSS softplus<>+4(SB), LEAST
	VBROADCASTSS softplus<>+8(SB), LOG2E
	VBROADCASTSS softplus<>+12(SB), ROUND
	VBROADCASTSS softplus<>+16(SB), LN2HI
	VBROADCASTSS softplus<>+20(SB), LN2LO
	VBROADCASTSS softplus<>+24(SB), R2
	VBROADCASTSS softplus<>+32(SB), R4
	VBROADCASTSS softplus<>+40(SB), R6
	VBROADCASTSS softplus<>+44(SB), S2
	VBROADCASTSS softplus<>+52(SB), S6

loop:
	VORPS (SI), SIGN, Y0 // -|x|
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
	VBROADCASTSS softplus<>+60(SB), Y3
	VADDPS Y3, Y0, Y0
	VFMADD231PS Y4, Y2, Y0 // exp(r)
	VPADDD Y1, Y0, Y0
	VPXOR Y2, Y2, Y2
	VPMAXSD Y2, Y0, Y0 // t
	VBROADCASTSS softplus<>+64(SB), Y1
	VADDPS Y0, Y1, Y1
	VDIVPS Y1, Y0, Y0 // s
	VMULPS Y0, Y0, Y1
	VADDPS Y0, Y0, Y0
	VBROADCASTSS softplus<>+48(SB), Y3
	VFMADD213PS S2, Y1, Y3
	VBROADCASTSS softplus<>+56(SB), Y4
	VFMADD213PS S6, Y1, Y4
	VMAXPS (SI), Y2, Y2 // NaN passes: it is the second source
	VADDPS Y0, Y2, Y2
	VMULPS Y1, Y0, Y0
	VMULPS Y1, Y1, Y1
	VFMADD231PS Y4, Y1, Y3
	VFMADD231PS Y3, Y0, Y2
	VSQRTPS Y2, Y2
	VMOVUPS Y2, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
