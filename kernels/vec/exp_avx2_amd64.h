// The exponential function for 8 lanes, shared by the kernels that need it.
//
// exp(x) = 2^n * exp(r) with n = round(x / ln 2), r = x - n ln 2 in two steps
// (ln 2 split so that n*LN2HI is exact), and a polynomial of degree 6 for
// exp(r) on |r| <= ln(2)/2, a minimax one whose error is below 2^-28. n + 127, the
// exponent of 2^n, is the low bits of x / ln 2 + 1.5 * 2^23 + 127. Inputs are clamped
// to [-104, 89]: below, the result rounds to 0 anyway, above, to infinity. NaN passes.

DATA expConst<>+0(SB)/4, $0x3fb8aa3b  // 1/ln 2
DATA expConst<>+4(SB)/4, $0xbf318000  // -0.693359375
DATA expConst<>+8(SB)/4, $0x395e8083  // 0.693359375 - ln 2
DATA expConst<>+12(SB)/4, $0x3ab51216 // r^6
DATA expConst<>+16(SB)/4, $0x3c091cf2 // r^5
DATA expConst<>+20(SB)/4, $0x3d2aac79 // r^4
DATA expConst<>+24(SB)/4, $0x3e2aaa49 // r^3
DATA expConst<>+28(SB)/4, $0x3efffffe // r^2
DATA expConst<>+32(SB)/4, $0x4b40007f // 1.5 * 2^23 + 127
DATA expConst<>+36(SB)/4, $0x3f800000 // 1
DATA expConst<>+40(SB)/4, $0xc2d00000 // -104
DATA expConst<>+44(SB)/4, $0x42b20000 // 89
GLOBL expConst<>(SB), RODATA|NOPTR, $48

#define LOAD_EXP_AVX2 \
	VBROADCASTSS expConst<>+0(SB), Y4 \
	VBROADCASTSS expConst<>+4(SB), Y5 \
	VBROADCASTSS expConst<>+8(SB), Y6 \
	VBROADCASTSS expConst<>+12(SB), Y7 \
	VBROADCASTSS expConst<>+16(SB), Y8 \
	VBROADCASTSS expConst<>+20(SB), Y9 \
	VBROADCASTSS expConst<>+24(SB), Y10 \
	VBROADCASTSS expConst<>+28(SB), Y11 \
	VBROADCASTSS expConst<>+32(SB), Y12 \
	VBROADCASTSS expConst<>+36(SB), Y13 \
	VBROADCASTSS expConst<>+40(SB), Y14 \
	VBROADCASTSS expConst<>+44(SB), Y15

// EXP_PARTS sets p to exp(r) and the low bits of n to n + 127; x becomes r.
#define EXP_PARTS(x, n, p) \
	VMAXPS x, Y14, x      \
	VMOVAPS Y12, n        \
	VFMADD231PS Y4, x, n  \
	VSUBPS Y12, n, p      \
	VFMADD231PS Y5, p, x  \
	VFMADD231PS Y6, p, x  \
	VMOVAPS Y7, p         \
	VFMADD213PS Y8, x, p  \
	VFMADD213PS Y9, x, p  \
	VFMADD213PS Y10, x, p \
	VFMADD213PS Y11, x, p \
	VFMADD213PS Y13, x, p \
	VFMADD213PS Y13, x, p

// EXP_AVX2 replaces x by exp(x); n and p are clobbered. 2^n is multiplied in two
// halves, so that results beyond either end of the normal numbers come out right.
#define EXP_AVX2(x, n, p) \
	VMINPS x, Y15, x      \
	EXP_PARTS(x, n, p)    \
	VPSUBD Y12, n, n      \
	VPSRAD $1, n, x       \
	VPSUBD x, n, n        \
	VPSLLD $23, x, x      \
	VPSLLD $23, n, n      \
	VPADDD Y13, x, x      \
	VPADDD Y13, n, n      \
	VMULPS x, p, p        \
	VMULPS n, p, x

// EXP_DOWN_AVX2 is EXP_AVX2 for x <= 0 or NaN. 2^n is one number, or 0 where it is not a
// normal one.
#define EXP_DOWN_AVX2(x, n, p) \
	EXP_PARTS(x, n, p)    \
	VPSLLD $23, n, n      \
	VPXOR x, x, x         \
	VPMAXSD x, n, n       \
	VMULPS n, p, x
