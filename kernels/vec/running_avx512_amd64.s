//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// A step of running softmaxes, row by row: the largest score, the weights and
// their sum. Rows are short and independent, so that a core works on a few of
// them at a time: bound by the arithmetic of exp.

#define P DI     // scores of the row
#define I SI     // those it is at
#define N CX     // bytes of a row, whole registers
#define LEFT DX  // bytes left of the row
#define TOP R8
#define SUM R9
#define SCALE R10
#define ROWS R11 // left
#define PITCH R12

// REDUCE folds the lanes of y into the first one of x.
#define REDUCE(OP, OP1, z, y, x, y1, x1) \
	VEXTRACTF64X4 $1, z, y1 \
	OP y1, y, y            \
	VEXTRACTF128 $1, y, x1 \
	OP x1, x, x            \
	VMOVHLPS x, x, x1      \
	OP x1, x, x            \
	VMOVSHDUP x, x1        \
	OP1 x1, x, x

// func runningAVX512(p, top, sum, scale []float32, pitch, n int)
TEXT ·runningAVX512(SB), NOSPLIT, $0-112
	MOVQ p_base+0(FP), P
	MOVQ top_base+24(FP), TOP
	MOVQ top_len+32(FP), ROWS
	MOVQ sum_base+48(FP), SUM
	MOVQ scale_base+72(FP), SCALE
	MOVQ pitch+96(FP), PITCH
	SHLQ $2, PITCH
	MOVQ n+104(FP), N
	ADDQ $15, N
	ANDQ $~15, N
	SHLQ $2, N
	LOAD_EXP_AVX512

row:
	SUBQ $1, ROWS
	JLT  done
	MOVQ P, I
	MOVQ N, LEFT
	VBROADCASTSS (TOP), Z0

largest:
	VMOVUPS (I), Z1
	VMAXPS Z0, Z1, Z0 // where Z1 is NaN the second source, Z0, stays
	ADDQ $64, I
	SUBQ $64, LEFT
	JNZ  largest
	REDUCE(VMAXPS, VMAXSS, Z0, Y0, X0, Y1, X1)

	VMOVSS X22, (SCALE) // 1
	VMOVSS (TOP), X1
	VUCOMISS X1, X0
	JLS  weights
	VMOVSS X0, (TOP)
	VSUBSS X0, X1, X2
	EXP_AVX512(Z2, Z0, Z1, Z5)
	VMOVSS X2, (SCALE)
	VMULSS (SUM), X2, X2
	VMOVSS X2, (SUM)

weights:
	MOVQ P, I
	MOVQ N, LEFT
	VPXORD Z3, Z3, Z3
	VBROADCASTSS (TOP), Z4

weight:
	VMOVUPS (I), Z0
	VSUBPS Z4, Z0, Z0
	EXP_AVX512(Z0, Z1, Z2, Z5)
	VMOVUPS Z0, (I)
	VADDPS Z0, Z3, Z3
	ADDQ $64, I
	SUBQ $64, LEFT
	JNZ  weight
	REDUCE(VADDPS, VADDSS, Z3, Y3, X3, Y1, X1)
	VADDSS (SUM), X3, X3
	VMOVSS X3, (SUM)

	ADDQ PITCH, P
	ADDQ $4, TOP
	ADDQ $4, SUM
	ADDQ $4, SCALE
	JMP  row

done:
	VZEROUPPER
	RET
