//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// Softmax-weighted sums down the columns of n rows: 16 columns at a time, one pass
// for the largest logit and one for the weights, 8 bytes and about 16 operations
// an element: bound by arithmetic.

#define DST DI
#define C SI
#define G DX
#define N CX
#define LEFT R8    // columns left
#define ROW R9     // bytes of a row
#define CI AX
#define GI BX
#define J R10

// func poolAVX512(dst, c, logits []float32, n int)
TEXT ·poolAVX512(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DST
	MOVQ dst_len+8(FP), LEFT
	MOVQ c_base+24(FP), C
	MOVQ logits_base+48(FP), G
	MOVQ n+72(FP), N
	LEAQ (LEFT*4), ROW
	LOAD_EXP_AVX512

column:
	VMOVUPS (G), Z16
	MOVQ G, GI
	MOVQ N, J

top:
	VMAXPS (GI), Z16, Z16
	ADDQ ROW, GI
	DECQ J
	JNZ  top

	VPXORD Z17, Z17, Z17 // sum
	VPXORD Z18, Z18, Z18 // weighted sum
	MOVQ G, GI
	MOVQ C, CI
	MOVQ N, J

row:
	VMOVUPS (GI), Z0
	VSUBPS Z16, Z0, Z0
	EXP_AVX512(Z0, Z1, Z2, Z3)
	VADDPS Z0, Z17, Z17
	VFMADD231PS (CI), Z0, Z18
	ADDQ ROW, GI
	ADDQ ROW, CI
	DECQ J
	JNZ  row

	VDIVPS Z17, Z18, Z18
	VMOVUPS Z18, (DST)
	ADDQ $64, DST
	ADDQ $64, C
	ADDQ $64, G
	SUBQ $16, LEFT
	JNZ  column
	VZEROUPPER
	RET
