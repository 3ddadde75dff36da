// Shared by the kernels of SwiGLU: h = (u + offset) g / (1 + exp(-alpha g)) with g =
// min(g, limit) and u = clamp(u, -limit, limit), a row of 16 after the other, pair of panels by
// pair. Bound by arithmetic.

#include "textflag.h"

#define H DI      // of this pair
#define AT R10    // and of this row
#define GATES SI
#define ROWS CX
#define STRIDE DX
#define UP R8     // bytes from gate to up values
#define END R9    // of both

#define ENTER_SWIGLU \
	MOVQ h_base+0(FP), H           \
	MOVQ gateUp_base+24(FP), GATES \
	MOVQ gateUp_len+32(FP), END    \
	LEAQ (GATES)(END*4), END       \
	MOVQ stride+56(FP), STRIDE     \
	SHLQ $2, STRIDE                \
	MOVQ rows+48(FP), UP           \
	SHLQ $6, UP

// PAIR begins a pair of panels.
#define PAIR \
	MOVQ rows+48(FP), ROWS \
	MOVQ H, AT

// NEXT_ROW ends a row of a pair, and returns after the last pair.
#define NEXT_ROW(pair, row) \
	ADDQ STRIDE, AT \
	ADDQ $64, GATES \
	DECQ ROWS       \
	JNZ  row        \
	ADDQ UP, GATES  \
	ADDQ $64, H     \
	CMPQ GATES, END \
	JLT  pair       \
	VZEROUPPER      \
	RET
