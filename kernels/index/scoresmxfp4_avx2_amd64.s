//go:build !purego

#include "textflag.h"

// Scores of a tile of 32 MXFP4 rows: two heads at a time, eight 16-bit sums in registers
// that a block's products, at most 32*24*12, cannot overflow. 1024 FLOP of a block, head
// and 8 rows are 22 vector operations, and 6 to scale and add the sum: as many as the
// int8 peak, which takes 24, could do 0.85 times.

#define S DI
#define T SI       // current block of the tile
#define CODES DX   // of the first head
#define SCALES R8
#define W R9
#define STRIDE R10 // bytes of a query's codes: 32 a block
#define STEP R11   // bytes of its scales: 4 a block
#define HEADS CX   // left
#define Q AX       // current block of the first head
#define QS BX
#define BLOCKS R12 // left
#define DOTS R13    // products of two heads with 32 rows, aligned
#define ZERO Y14
#define ONES Y15

// ROWS multiplies 4 elements of 8 rows with two heads.
#define ROWS(at, a, b) \
	VMOVDQU at(T), Y10      \
	VPMADDUBSW Y10, Y8, Y11 \
	VPADDW Y11, a, a        \
	VPMADDUBSW Y10, Y9, Y10 \
	VPADDW Y10, b, b

#define FOUR(at) \
	VPBROADCASTD (at*4)(Q), Y8            \
	VPBROADCASTD (at*4)(Q)(STRIDE*1), Y9  \
	ROWS(at*128, Y0, Y4)    \
	ROWS(at*128+32, Y1, Y5) \
	ROWS(at*128+64, Y2, Y6) \
	ROWS(at*128+96, Y3, Y7)

#define FIRST(at, a, b) \
	VMOVDQU at(T), Y10    \
	VPMADDUBSW Y10, Y8, a \
	VPMADDUBSW Y10, Y9, b

// ADD scales the sum of 8 rows and adds it to the head's product.
#define ADD(rows, sum, scale, dot) \
	VPMADDWD ONES, sum, sum            \
	VPADDD (1024+rows)(T), sum, sum    \
	VCVTDQ2PS sum, sum                 \
	VMULPS (1152+rows)(T), sum, sum    \
	VFMADD213PS dot(DOTS), scale, sum    \
	VMOVUPS sum, dot(DOTS)

// HEADS2 adds the products of two heads with 8 rows to their scores.
#define HEADS2(rows) \
	VMAXPS (rows)(DOTS), ZERO, Y10     \
	VMAXPS (rows+128)(DOTS), ZERO, Y11 \
	VMOVUPS ZERO, (rows)(DOTS)         \
	VMOVUPS ZERO, (rows+128)(DOTS)     \
	VFMADD213PS rows(S), Y8, Y10     \
	VFMADD231PS Y11, Y9, Y10         \
	VMOVUPS Y10, rows(S)

// func scoresMXFP4AVX2(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)
TEXT ·scoresMXFP4AVX2(SB), NOSPLIT, $288-128
	MOVQ s_base+0(FP), S
	MOVQ dim+48(FP), STRIDE
	MOVQ codes_base+56(FP), CODES
	MOVQ scales_base+80(FP), SCALES
	MOVQ w_base+104(FP), W
	MOVQ w_len+112(FP), HEADS
	ADDQ $31, STRIDE
	ANDQ $-32, STRIDE
	MOVQ STRIDE, STEP
	SHRQ $3, STEP
	LEAQ 31(SP), DOTS
	ANDQ $-32, DOTS
	VPXOR ZERO, ZERO, ZERO
	VPCMPEQW ONES, ONES, ONES
	VPABSW ONES, ONES
	VMOVUPS ZERO, (S)
	VMOVUPS ZERO, 32(S)
	VMOVUPS ZERO, 64(S)
	VMOVUPS ZERO, 96(S)
	VMOVUPS ZERO, (DOTS)
	VMOVUPS ZERO, 32(DOTS)
	VMOVUPS ZERO, 64(DOTS)
	VMOVUPS ZERO, 96(DOTS)
	VMOVUPS ZERO, 128(DOTS)
	VMOVUPS ZERO, 160(DOTS)
	VMOVUPS ZERO, 192(DOTS)
	VMOVUPS ZERO, 224(DOTS)

heads:
	MOVQ tile_base+24(FP), T
	MOVQ CODES, Q
	MOVQ SCALES, QS
	MOVQ STRIDE, BLOCKS

block:
	VPBROADCASTD (Q), Y8
	VPBROADCASTD (Q)(STRIDE*1), Y9
	FIRST(0, Y0, Y4)
	FIRST(32, Y1, Y5)
	FIRST(64, Y2, Y6)
	FIRST(96, Y3, Y7)
	FOUR(1)
	FOUR(2)
	FOUR(3)
	FOUR(4)
	FOUR(5)
	FOUR(6)
	FOUR(7)
	VBROADCASTSS (QS), Y8
	VBROADCASTSS (QS)(STEP*1), Y9
	ADD(0, Y0, Y8, 0)
	ADD(0, Y4, Y9, 128)
	ADD(32, Y1, Y8, 32)
	ADD(32, Y5, Y9, 160)
	ADD(64, Y2, Y8, 64)
	ADD(64, Y6, Y9, 192)
	ADD(96, Y3, Y8, 96)
	ADD(96, Y7, Y9, 224)
	ADDQ $32, Q
	ADDQ $4, QS
	ADDQ $1280, T
	SUBQ $32, BLOCKS
	JNZ  block

	VBROADCASTSS (W), Y8
	VBROADCASTSS 4(W), Y9
	HEADS2(0)
	HEADS2(32)
	HEADS2(64)
	HEADS2(96)
	LEAQ (CODES)(STRIDE*2), CODES
	LEAQ (SCALES)(STEP*2), SCALES
	ADDQ $8, W
	SUBQ $2, HEADS
	JNZ  heads
	MOVL $0x3e800000, AX // a quarter: codes are twice the values
	VMOVD AX, X8
	VBROADCASTSS X8, Y8
	VMULPS (S), Y8, Y0
	VMULPS 32(S), Y8, Y1
	VMULPS 64(S), Y8, Y2
	VMULPS 96(S), Y8, Y3
	VMOVUPS Y0, (S)
	VMOVUPS Y1, 32(S)
	VMOVUPS Y2, 64(S)
	VMOVUPS Y3, 96(S)
	VZEROUPPER
	RET
