// Shared by the kernels of SwiGLU: h = (u + offset) g / (1 + exp(-alpha g)) with g =
// min(g, limit) and u = clamp(u, -limit, limit), a row of 16 after the other. Bound by
// arithmetic.

#include "textflag.h"

#define H DI
#define GATES SI
#define ROWS CX
#define STRIDE DX
#define UP R8 // bytes from gate to up values

#define ENTER_SWIGLU \
	MOVQ h_base+0(FP), H           \
	MOVQ gateUp_base+24(FP), GATES \
	MOVQ rows+48(FP), ROWS         \
	MOVQ stride+56(FP), STRIDE     \
	SHLQ $2, STRIDE                \
	MOVQ ROWS, UP                  \
	SHLQ $6, UP

// NEXT_ROW ends a row, and returns after the last.
#define NEXT_ROW \
	ADDQ STRIDE, H  \
	ADDQ $64, GATES \
	DECQ ROWS       \
	JNZ  row        \
	VZEROUPPER      \
	RET
