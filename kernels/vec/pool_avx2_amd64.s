//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// Softmax-weighted sums down the columns of n rows: 8 columns at a time, one pass
// for the largest logit and one for the weights. The exponential needs all but
// four registers, so the largest logit and the weighted sum live in memory.

#define DST DI
#define C SI
#define G DX
#define N CX
#define LEFT R8    // columns left
#define ROW R9     // bytes of a row
#define CI AX
#define GI BX
#define J R10

// func poolAVX2(dst, c, logits []float32, n int)
TEXT ·poolAVX2(SB), NOSPLIT, $32-80
	MOVQ dst_base+0(FP), DST
	MOVQ dst_len+8(FP), LEFT
	MOVQ c_base+24(FP), C
	MOVQ logits_base+48(FP), G
	MOVQ n+72(FP), N
	LEAQ (LEFT*4), ROW
	LOAD_EXP_AVX2

column:
	VMOVUPS (G), Y0
	MOVQ G, GI
	MOVQ N, J

top:
	VMAXPS (GI), Y0, Y0
	ADDQ ROW, GI
	DECQ J
	JNZ  top

	VMOVUPS Y0, top-32(SP)
	VPXOR Y3, Y3, Y3 // sum
	VMOVUPS Y3, (DST)
	MOVQ G, GI
	MOVQ C, CI
	MOVQ N, J

row:
	VMOVUPS (GI), Y0
	VSUBPS top-32(SP), Y0, Y0
	EXP_DOWN_AVX2(Y0, Y1, Y2)
	VADDPS Y0, Y3, Y3
	VMOVUPS (DST), Y1
	VFMADD231PS (CI), Y0, Y1
	VMOVUPS Y1, (DST)
	ADDQ ROW, GI
	ADDQ ROW, CI
	DECQ J
	JNZ  row

	VMOVUPS (DST), Y1
	VDIVPS Y3, Y1, Y1
	VMOVUPS Y1, (DST)
	ADDQ $32, DST
	ADDQ $32, C
	ADDQ $32, G
	SUBQ $8, LEFT
	JNZ  column
	VZEROUPPER
	RET
