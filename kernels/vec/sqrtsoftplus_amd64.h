// Shared by the kernels of sqrt(softplus): x becomes sqrt(max(x, 0) + log1p(t)), t = exp(-|x|)
// <= 1, and sum that + add.
//
// log1p is t + t^2 P(t), by which small t lose nothing: a minimax polynomial within 2^-24.8
// of its value, of which the root takes half.
//
// Each element is a chain of 90 to 100 cycles, and a CPU looks ahead only so many instructions:
// in two loops, one for t, which waits where the sum will be, and one for the rest, twice
// as many elements are under way.

#include "textflag.h"

DATA softplus<>+0(SB)/4, $0xbeffff8a  // t^2
DATA softplus<>+4(SB)/4, $0x3eaa9aec  // t^3
DATA softplus<>+8(SB)/4, $0xbe7e8982  // t^4
DATA softplus<>+12(SB)/4, $0x3e4421f0 // t^5
DATA softplus<>+16(SB)/4, $0xbe0cd64d // t^6
DATA softplus<>+20(SB)/4, $0x3da234e6 // t^7
DATA softplus<>+24(SB)/4, $0xbcf649e2 // t^8
DATA softplus<>+28(SB)/4, $0x3bafc8c7 // t^9
GLOBL softplus<>(SB), RODATA|NOPTR, $32

#define ENTER_SOFTPLUS \
	MOVQ x_base+0(FP), SI    \
	MOVQ x_len+8(FP), CX     \
	MOVQ sum_base+24(FP), DI \
	MOVQ add_base+48(FP), R8 \
	SHLQ $2, CX

#define LOAD_SOFTPLUS(p2, p3, p4, p5, p6, p7, p8, p9) \
	VBROADCASTSS softplus<>+0(SB), p2  \
	VBROADCASTSS softplus<>+4(SB), p3  \
	VBROADCASTSS softplus<>+8(SB), p4  \
	VBROADCASTSS softplus<>+12(SB), p5 \
	VBROADCASTSS softplus<>+16(SB), p6 \
	VBROADCASTSS softplus<>+20(SB), p7 \
	VBROADCASTSS softplus<>+24(SB), p8 \
	VBROADCASTSS softplus<>+28(SB), p9
