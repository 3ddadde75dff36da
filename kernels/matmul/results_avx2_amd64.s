//go:build !purego

#include "textflag.h"

// What becomes of the results of a call, pair of panels by pair: a token has 16 of each panel,
// which are two lines side by side where they belong. Registers of 512 bits copy them no
// faster; in Go the loop took a fiftieth of a product of 12 tokens with 2048 columns.

#define Y DI      // where results belong, or biases, of this pair
#define STRIDE DX
#define RESULTS SI
#define N CX
#define SECOND R8 // bytes from a token's results of the first panel to those of the second
#define END R9    // of results
#define AT R10    // where this token's belong

// COUNT makes bytes of n and of the number of results.
#define COUNT(n) \
	MOVQ n, SECOND               \
	SHLQ $6, SECOND              \
	LEAQ (RESULTS)(END*4), END

// NEXT_PAIR goes on after a pair, whose first results are behind, or begins at next.
#define NEXT_PAIR \
	ADDQ SECOND, RESULTS \
	ADDQ $128, Y         \
next:                        \
	CMPQ RESULTS, END    \
	JLT  pair            \
	VZEROUPPER           \
	RET

// SPREAD copies results with a store.
#define SPREAD(STORE) \
	MOVQ y_base+0(FP), Y              \
	MOVQ stride+24(FP), STRIDE        \
	SHLQ $2, STRIDE                   \
	MOVQ results_base+32(FP), RESULTS \
	MOVQ results_len+40(FP), END      \
	COUNT(n+56(FP))                   \
	JMP next                          \
pair:                                     \
	MOVQ Y, AT                        \
	MOVQ n+56(FP), N                  \
token:                                    \
	VMOVUPS (RESULTS), Y0             \
	VMOVUPS 32(RESULTS), Y1           \
	VMOVUPS (RESULTS)(SECOND*1), Y2   \
	VMOVUPS 32(RESULTS)(SECOND*1), Y3 \
	STORE Y0, (AT)                    \
	STORE Y1, 32(AT)                  \
	STORE Y2, 64(AT)                  \
	STORE Y3, 96(AT)                  \
	ADDQ $64, RESULTS                 \
	ADDQ STRIDE, AT                   \
	DECQ N                            \
	JNZ  token                        \
	NEXT_PAIR

// func spreadAVX2(y []float32, stride int, results []float32, n int)
TEXT ·spreadAVX2(SB), NOSPLIT, $0-64
	SPREAD(VMOVUPS)

// func spreadPastAVX2(y []float32, stride int, results []float32, n int)
TEXT ·spreadPastAVX2(SB), NOSPLIT, $0-64
	SPREAD(VMOVNTPS)

// func addBiasAVX2(results, bias []float32, n int)
TEXT ·addBiasAVX2(SB), NOSPLIT, $0-56
	MOVQ results_base+0(FP), RESULTS
	MOVQ results_len+8(FP), END
	MOVQ bias_base+24(FP), Y
	COUNT(n+48(FP))
	JMP next

pair:
	MOVQ n+48(FP), N
	VMOVUPS (Y), Y0
	VMOVUPS 32(Y), Y1
	VMOVUPS 64(Y), Y2
	VMOVUPS 96(Y), Y3

token:
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
	JNZ     token
	NEXT_PAIR
