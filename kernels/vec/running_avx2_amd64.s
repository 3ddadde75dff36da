//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

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
#define REDUCE(OP, OP1, y, x, x1) \
	VEXTRACTF128 $1, y, x1 \
	OP x1, x, x            \
	VMOVHLPS x, x, x1      \
	OP x1, x, x            \
	VMOVSHDUP x, x1        \
	OP1 x1, x, x

// func runningAVX2(p, top, sum, scale []float32, pitch, n int)
TEXT ·runningAVX2(SB), NOSPLIT, $0-112
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
	LOAD_EXP_AVX2

row:
	SUBQ $1, ROWS
	JLT  done
	MOVQ P, I
	MOVQ N, LEFT
	VBROADCASTSS (TOP), Y0

largest:
	VMOVUPS (I), Y1
	VMAXPS Y0, Y1, Y0 // where Y1 is NaN the second source, Y0, stays
	ADDQ $32, I
	SUBQ $32, LEFT
	JNZ  largest
	REDUCE(VMAXPS, VMAXSS, Y0, X0, X1)

	VMOVSS X13, (SCALE) // 1
	VMOVSS (TOP), X1
	VUCOMISS X1, X0
	JLS  weights
	VMOVSS X0, (TOP)
	VSUBSS X0, X1, X2
	EXP_DOWN_AVX2(Y2, Y0, Y1)
	VMOVSS X2, (SCALE)
	VMULSS (SUM), X2, X2
	VMOVSS X2, (SUM)

weights:
	MOVQ P, I
	MOVQ N, LEFT
	VPXOR Y3, Y3, Y3

weight:
	VBROADCASTSS (TOP), Y1
	VMOVUPS (I), Y0
	VSUBPS Y1, Y0, Y0
	EXP_DOWN_AVX2(Y0, Y1, Y2)
	VMOVUPS Y0, (I)
	VADDPS Y0, Y3, Y3
	ADDQ $32, I
	SUBQ $32, LEFT
	JNZ  weight
	REDUCE(VADDPS, VADDSS, Y3, X3, X1)
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
