// Shared by what rounds a query to FP8 (e4m3fn) with one scale, max/448: 8 elements at a time
// are divided by it and rounded. The step between neighbours of a magnitude is an eighth of
// its power of two, at least 2^-9: adding and taking away 1.5 * 2^23 steps rounds.

#include "textflag.h"

#define Q DI
#define X SI
#define N CX
#define I DX

// LANES broadcasts a constant.
#define LANES(constant, x, y) \
	MOVL $constant, AX   \
	VMOVD AX, x          \
	VPBROADCASTD x, y

// SCALE finds the scale, in X0 and all of Y0, and leaves I at 0. Y15 masks a magnitude and
// Y14 its power of two, Y13 is 1/8, Y12 2^-9, Y11 1.5 * 2^23; the least max is 1e-4, and the
// largest FP8 448.
#define SCALE \
	MOVQ q_base+0(FP), Q        \
	MOVQ x_base+24(FP), X       \
	MOVQ x_len+32(FP), N        \
	LANES(0x7fffffff, X15, Y15) \
	LANES(0x7f800000, X14, Y14) \
	LANES(0x3e000000, X13, Y13) \
	LANES(0x3b000000, X12, Y12) \
	LANES(0x4b400000, X11, Y11) \
	LANES(0x38d1b717, X0, Y0)   \
	XORQ I, I                   \
max:                                \
	VPAND (X)(I*4), Y15, Y1     \
	VMAXPS Y1, Y0, Y0           \
	ADDQ $8, I                  \
	CMPQ I, N                   \
	JNE  max                    \
	VEXTRACTF128 $1, Y0, X1     \
	VMAXPS X1, X0, X0           \
	VPSHUFD $0x4e, X0, X1       \
	VMAXPS X1, X0, X0           \
	VPSHUFD $0xb1, X0, X1       \
	VMAXPS X1, X0, X0           \
	LANES(0x43e00000, X1, Y1)   \
	VDIVSS X1, X0, X0           \
	VBROADCASTSS X0, Y0         \
	XORQ I, I

// ROUND leaves 8 elements, divided and rounded, in Y1.
#define ROUND \
	VMOVUPS (X)(I*4), Y1 \
	VDIVPS Y0, Y1, Y1    \
	VPAND Y14, Y1, Y2    \
	VMULPS Y13, Y2, Y2   \
	VMAXPS Y12, Y2, Y2   \
	VMULPS Y11, Y2, Y2   \
	VADDPS Y2, Y1, Y1    \
	VSUBPS Y2, Y1, Y1
