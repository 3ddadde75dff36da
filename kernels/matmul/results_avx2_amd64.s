//go:build !purego

#include "textflag.h"

// What becomes of the results of a call: a token has 16 for each of two panels, which are two
// lines side by side where they belong. Registers of 512 bits copy them no faster; in Go the
// loop took a fiftieth of a product of 12 tokens with 2048 columns.

#define Y DI
#define STRIDE DX
#define RESULTS SI
#define N CX
#define SECOND R8 // bytes from a token's results of the first panel to those of the second

// SPREAD copies a token's results with a store, and goes on to the next one.
#define SPREAD(STORE) \
	MOVQ y_base+0(FP), Y              \
	MOVQ stride+24(FP), STRIDE        \
	MOVQ results_base+32(FP), RESULTS \
	MOVQ n+56(FP), N                  \
	SHLQ $2, STRIDE                   \
	MOVQ N, SECOND                    \
	SHLQ $6, SECOND                   \
token:                                    \
	VMOVUPS (RESULTS), Y0             \
	VMOVUPS 32(RESULTS), Y1           \
	VMOVUPS (RESULTS)(SECOND*1), Y2   \
	VMOVUPS 32(RESULTS)(SECOND*1), Y3 \
	STORE Y0, (Y)                     \
	STORE Y1, 32(Y)                   \
	STORE Y2, 64(Y)                   \
	STORE Y3, 96(Y)                   \
	ADDQ $64, RESULTS                 \
	ADDQ STRIDE, Y                    \
	DECQ N                            \
	JNZ token                         \
	VZEROUPPER                        \
	RET

// func spreadAVX2(y []float32, stride int, results []float32, n int)
TEXT ·spreadAVX2(SB), NOSPLIT, $0-64
	SPREAD(VMOVUPS)

// func spreadPastAVX2(y []float32, stride int, results []float32, n int)
TEXT ·spreadPastAVX2(SB), NOSPLIT, $0-64
	SPREAD(VMOVNTPS)

// func addBiasAVX2(results, bias []float32, n int)
TEXT ·addBiasAVX2(SB), NOSPLIT, $0-56
	MOVQ results_base+0(FP), RESULTS
	MOVQ bias_base+24(FP), Y
	MOVQ n+48(FP), N
	MOVQ N, SECOND
	SHLQ $6, SECOND
	VMOVUPS (Y), Y0
	VMOVUPS 32(Y), Y1
	VMOVUPS 64(Y), Y2
	VMOVUPS 96(Y), Y3

more:
	VADDPS  (RESULTS), Y0, Y4
	VADDPS  32(RESULTS), Y1, Y5
	VADDPS  (RESULTS)(SECOND*1), Y2, Y6
	VADDPS  32(RESULTS)(SECOND*1), Y3, Y7
	VMOVUPS Y4, (RESULTS)
	VMOVUPS Y5, 32(RESULTS)
	VMOVUPS Y6, (RESULTS)(SECOND*1)
	VMOVUPS Y7, 32(RESULTS)(SECOND*1)
	ADDQ    $64, RESULTS
	DECQ    N
	JNZ     more
	VZEROUPPER
	RET
