//go:build !purego

#include "textflag.h"

// Queries to MXFP4, 32 elements at a time: an element becomes twice its value plus 12, a
// byte, in the order in which nibbles of rows come (even ones of eight before odd ones).
// The power of two that is no less than amax/6 is found by a carry into the exponent. Magnitudes
// are compared as whole numbers, where NaN and infinity are the largest: then the scale is NaN.
// Doubled, magnitudes below 4 are whole numbers, from there even and from 8 multiples of
// four: adding 1.5 * 2^23 of these steps rounds.

// The packs below interleave the registers by 4 bytes in each half: this puts them in
// order again.
DATA order<>+0(SB)/8, $0x0000000400000000
DATA order<>+8(SB)/8, $0x0000000500000001
DATA order<>+16(SB)/8, $0x0000000600000002
DATA order<>+24(SB)/8, $0x0000000700000003
GLOBL order<>(SB), RODATA|NOPTR, $32

// Even bytes of eight before odd ones.
DATA evenOdd<>+0(SB)/8, $0x0705030106040200
DATA evenOdd<>+8(SB)/8, $0x0f0d0b090e0c0a08
GLOBL evenOdd<>(SB), RODATA|NOPTR, $16

#define CODES DI
#define SCALES R8
#define BLOCKS CX
#define X SI
#define NAN R9

// LANES broadcasts a constant.
#define LANES(constant, x, y) \
	MOVL $constant, AX   \
	VMOVD AX, x          \
	VPBROADCASTD x, y

// ROUND makes 8 elements whole numbers: twice their scaled values.
#define ROUND(y) \
	VMULPS Y4, y, y      \
	VPAND Y10, y, Y5     \
	VMULPS Y11, Y5, Y5   \
	VMAXPS Y12, Y5, Y5   \
	VMULPS Y13, Y5, Y5   \
	VADDPS Y5, y, y      \
	VSUBPS Y5, y, y      \
	VCVTPS2DQ y, y

// func roundMXFP4AVX2(codes []byte, scales, x []float32)
TEXT ·roundMXFP4AVX2(SB), NOSPLIT, $0-72
	MOVQ codes_base+0(FP), CODES
	MOVQ scales_base+24(FP), SCALES
	MOVQ scales_len+32(FP), BLOCKS
	MOVQ x_base+48(FP), X
	LANES(0x7f800000, X10, Y10) // an exponent
	LANES(0x3f000000, X11, Y11) // half
	LANES(0x3f800000, X12, Y12) // one
	LANES(0x4b400000, X13, Y13) // 1.5 * 2^23
	LANES(0x7fffffff, X14, Y14) // a magnitude
	LANES(0x0c0c0c0c, X15, Y15)
	VMOVDQU order<>(SB), Y9
	VBROADCASTI128 evenOdd<>(SB), Y8
	MOVL $0x40c00000, AX // 6
	VMOVD AX, X7
	MOVL $0x7fc00000, NAN

block:
	VMOVUPS (X), Y0
	VMOVUPS 32(X), Y1
	VMOVUPS 64(X), Y2
	VMOVUPS 96(X), Y3
	VPAND Y14, Y0, Y4
	VPAND Y14, Y1, Y5
	VPMAXSD Y5, Y4, Y4
	VPAND Y14, Y2, Y5
	VPMAXSD Y5, Y4, Y4
	VPAND Y14, Y3, Y5
	VPMAXSD Y5, Y4, Y4
	VEXTRACTF128 $1, Y4, X5
	VPMAXSD X5, X4, X4
	VPSHUFD $0x4e, X4, X5
	VPMAXSD X5, X4, X4
	VPSHUFD $0xb1, X4, X5
	VPMAXSD X5, X4, X4
	VDIVSS X7, X4, X4
	VMOVD X4, BX
	LEAL 0x007fffff(BX), AX
	ANDL $0x7f800000, AX
	MOVL $0x00800000, DX // 2^-126, the least scale
	CMPL AX, DX
	CMOVLCS DX, AX
	MOVL $0x7f800000, DX
	CMPL BX, DX // infinite or NaN
	CMOVLCC NAN, AX
	MOVL AX, (SCALES)
	SUBL AX, DX // twice its inverse
	VMOVD DX, X4
	VPBROADCASTD X4, Y4
	ROUND(Y0)
	ROUND(Y1)
	ROUND(Y2)
	ROUND(Y3)
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKSSWB Y2, Y0, Y0
	VPERMD Y0, Y9, Y0
	VPSHUFB Y8, Y0, Y0
	VPADDB Y15, Y0, Y0
	VMOVDQU Y0, (CODES)
	ADDQ $128, X
	ADDQ $32, CODES
	ADDQ $4, SCALES
	DECQ BLOCKS
	JNZ  block
	VZEROUPPER
	RET
