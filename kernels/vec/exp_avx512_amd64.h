// The exponential function for 16 lanes, shared by the kernels that need it.
//
// exp(x) = 2^n * exp(r) with n = x / ln 2, rounded to a multiple of 1/16, and r = x - n ln 2
// in two steps (ln 2 split so that n*LN2HI is exact). 2^n is a power of two, for which
// VSCALEFPS rounds n down, times 2^(j/16), one of 16 values in a register, which the low bits
// of n + 1.5 * 2^19 select. |r| <= ln(2)/32 is left, where 1 + r + r^2 (c2 + c3 r), a minimax
// polynomial, is within 2^-29 of exp(r). The value in the register and the last sum are a
// rounding each: together less than 1.1 units. Inputs are clamped to [-104, 89]: below, the
// result rounds to 0 anyway, above, to infinity. NaN passes.

DATA expConst<>+0(SB)/4, $0x3f800000 // 2^(0/16)
DATA expConst<>+4(SB)/4, $0x3f85aac3 // 2^(1/16)
DATA expConst<>+8(SB)/4, $0x3f8b95c2 // 2^(2/16)
DATA expConst<>+12(SB)/4, $0x3f91c3d3 // 2^(3/16)
DATA expConst<>+16(SB)/4, $0x3f9837f0 // 2^(4/16)
DATA expConst<>+20(SB)/4, $0x3f9ef532 // 2^(5/16)
DATA expConst<>+24(SB)/4, $0x3fa5fed7 // 2^(6/16)
DATA expConst<>+28(SB)/4, $0x3fad583f // 2^(7/16)
DATA expConst<>+32(SB)/4, $0x3fb504f3 // 2^(8/16)
DATA expConst<>+36(SB)/4, $0x3fbd08a4 // 2^(9/16)
DATA expConst<>+40(SB)/4, $0x3fc5672a // 2^(10/16)
DATA expConst<>+44(SB)/4, $0x3fce248c // 2^(11/16)
DATA expConst<>+48(SB)/4, $0x3fd744fd // 2^(12/16)
DATA expConst<>+52(SB)/4, $0x3fe0ccdf // 2^(13/16)
DATA expConst<>+56(SB)/4, $0x3feac0c7 // 2^(14/16)
DATA expConst<>+60(SB)/4, $0x3ff5257d // 2^(15/16)
DATA expConst<>+64(SB)/4, $0x3fb8aa3b // 1/ln 2
DATA expConst<>+68(SB)/4, $0xbf318000 // -0.693359375
DATA expConst<>+72(SB)/4, $0x395e8083 // 0.693359375 - ln 2
DATA expConst<>+76(SB)/4, $0x49400000 // 1.5 * 2^19
DATA expConst<>+80(SB)/4, $0x3e2aab34 // c3
DATA expConst<>+84(SB)/4, $0x3f000110 // c2
DATA expConst<>+88(SB)/4, $0x3f800000 // 1
DATA expConst<>+92(SB)/4, $0xc2d00000 // -104
DATA expConst<>+96(SB)/4, $0x42b20000 // 89
GLOBL expConst<>(SB), RODATA|NOPTR, $100

#define LOAD_EXP_AVX512 \
	VMOVUPS expConst<>+0(SB), Z27       \
	VBROADCASTSS expConst<>+64(SB), Z31 \
	VBROADCASTSS expConst<>+68(SB), Z30 \
	VBROADCASTSS expConst<>+72(SB), Z29 \
	VBROADCASTSS expConst<>+76(SB), Z28 \
	VBROADCASTSS expConst<>+80(SB), Z26 \
	VBROADCASTSS expConst<>+84(SB), Z25 \
	VBROADCASTSS expConst<>+88(SB), Z22 \
	VBROADCASTSS expConst<>+92(SB), Z21 \
	VBROADCASTSS expConst<>+96(SB), Z20

// EXP_AVX512 replaces x by exp(x); n, p and t are clobbered. The clamps keep x as second
// source, which is what they return when it is NaN.
#define EXP_AVX512(x, n, p, t) \
	VMAXPS x, Z21, x             \
	VMINPS x, Z20, x             \
	EXP_INSIDE_AVX512(x, n, p, t)

// EXP_INSIDE_AVX512 is EXP_AVX512 without the clamps.
#define EXP_INSIDE_AVX512(x, n, p, t) \
	VMOVAPS Z28, n        \
	VFMADD231PS Z31, x, n \
	VPERMPS Z27, n, t     \
	VSUBPS Z28, n, n      \
	VFMADD231PS Z30, n, x \
	VFMADD231PS Z29, n, x \
	VMOVAPS Z25, p        \
	VFMADD231PS Z26, x, p \
	VFMADD213PS Z22, x, p \
	VMULPS t, x, x        \
	VFMADD213PS t, p, x   \
	VSCALEFPS n, x, x
