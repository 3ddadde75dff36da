// The exponential function for 16 lanes, shared by the kernels that need it.
//
// exp(x) = 2^n * exp(r) with n = round(x / ln 2), r = x - n ln 2 in two steps
// (ln 2 split so that n*LN2HI is exact), and a polynomial of degree 7 for
// exp(r) on |r| <= ln(2)/2, whose error is below 2^-26 (coefficients of the
// Cephes library's expf). Inputs are clamped to [-104, 89]: below, the result
// rounds to 0 anyway, above, to infinity. NaN passes.
//
// exp(r) is 1 + r + r^2 q(r), and q is q0 + r^2 (q1 + r^2 q2), each of two terms: what
// waits for one another is half of what Horner's scheme is. 1 + r and the last sum are a
// rounding each, r and the polynomial less than half of one: together under 2 units.

DATA expConst<>+0(SB)/4, $0x3fb8aa3b  // 1/ln 2
DATA expConst<>+4(SB)/4, $0xbf318000  // -0.693359375
DATA expConst<>+8(SB)/4, $0x395e8083  // 0.693359375 - ln 2
DATA expConst<>+12(SB)/4, $0x39506967 // 1.9875691500e-4
DATA expConst<>+16(SB)/4, $0x3ab743ce // 1.3981999507e-3
DATA expConst<>+20(SB)/4, $0x3c088908 // 8.3334519073e-3
DATA expConst<>+24(SB)/4, $0x3d2aa9c1 // 4.1665795894e-2
DATA expConst<>+28(SB)/4, $0x3e2aaaaa // 1.6666665459e-1
DATA expConst<>+32(SB)/4, $0x3f000000 // 0.5
DATA expConst<>+36(SB)/4, $0x3f800000 // 1
DATA expConst<>+40(SB)/4, $0xc2d00000 // -104
DATA expConst<>+44(SB)/4, $0x42b20000 // 89
GLOBL expConst<>(SB), RODATA|NOPTR, $48

#define LOAD_EXP_AVX512 \
	VBROADCASTSS expConst<>+0(SB), Z31  \
	VBROADCASTSS expConst<>+4(SB), Z30  \
	VBROADCASTSS expConst<>+8(SB), Z29  \
	VBROADCASTSS expConst<>+12(SB), Z28 \
	VBROADCASTSS expConst<>+16(SB), Z27 \
	VBROADCASTSS expConst<>+20(SB), Z26 \
	VBROADCASTSS expConst<>+24(SB), Z25 \
	VBROADCASTSS expConst<>+28(SB), Z24 \
	VBROADCASTSS expConst<>+32(SB), Z23 \
	VBROADCASTSS expConst<>+36(SB), Z22 \
	VBROADCASTSS expConst<>+40(SB), Z21 \
	VBROADCASTSS expConst<>+44(SB), Z20

// EXP_AVX512 replaces x by exp(x); n, p, t and u are clobbered. The clamps keep x as
// second source, which is what they return when it is NaN.
#define EXP_AVX512(x, n, p, t, u) \
	VMAXPS x, Z21, x              \
	VMINPS x, Z20, x              \
	VMULPS Z31, x, n              \
	VRNDSCALEPS $0, n, n          \
	VFMADD231PS Z30, n, x         \
	VFMADD231PS Z29, n, x         \
	VMULPS x, x, t                \
	VMOVAPS Z28, p                \
	VFMADD213PS Z27, x, p         \
	VMOVAPS Z26, u                \
	VFMADD213PS Z25, x, u         \
	VFMADD213PS u, t, p           \
	VMOVAPS Z24, u                \
	VFMADD213PS Z23, x, u         \
	VFMADD213PS u, t, p           \
	VADDPS Z22, x, u              \
	VFMADD213PS u, t, p           \
	VSCALEFPS n, p, x
