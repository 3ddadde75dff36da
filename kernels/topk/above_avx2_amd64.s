//go:build !purego

#include "textflag.h"

// Which scores are above a bar: 32 of them are 128 bytes read, four comparisons, and five
// operations to make 32 bits of them. Two such halves are stored together: words are read
// at once, and could not be taken from narrower stores under way.

// Packing interleaves the registers by 4 bytes in each half: this puts them in order.
DATA order<>+0(SB)/8, $0x0000000400000000
DATA order<>+8(SB)/8, $0x0000000500000001
DATA order<>+16(SB)/8, $0x0000000600000002
DATA order<>+24(SB)/8, $0x0000000700000003
GLOBL order<>(SB), RODATA|NOPTR, $32

// MARK turns 32 scores into bits; NaN is not greater.
#define MARK(at, bits) \
	VCMPPS $0x11, (at)(SI), Y6, Y0    \
	VCMPPS $0x11, (at+32)(SI), Y6, Y1 \
	VCMPPS $0x11, (at+64)(SI), Y6, Y2 \
	VCMPPS $0x11, (at+96)(SI), Y6, Y3 \
	VPACKSSDW Y1, Y0, Y0  \
	VPACKSSDW Y3, Y2, Y2  \
	VPACKSSWB Y2, Y0, Y0  \
	VPERMD Y0, Y7, Y0     \
	VPMOVMSKB Y0, bits

// func aboveAVX2(x []float32, bar float32) (marks [4]uint64)
TEXT ·aboveAVX2(SB), NOSPLIT, $0-64
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	VBROADCASTSS bar+24(FP), Y6
	VMOVDQU order<>(SB), Y7
	LEAQ marks_0+32(FP), DI
	VPXOR Y0, Y0, Y0
	VMOVDQU Y0, (DI)

step:
	MARK(0, AX)
	SUBQ $64, CX
	JLT  half
	MARK(128, DX)
	SHLQ $32, DX
	ORQ  DX, AX

half:
	MOVQ AX, (DI)
	ADDQ $256, SI
	ADDQ $8, DI
	TESTQ CX, CX
	JGT  step
	VZEROUPPER
	RET
