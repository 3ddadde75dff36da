//go:build !purego

#include "kernel_avx512bf16_amd64.h"

// BF16 times bf16 rows: 1024 bytes and 1024 FLOP a token per turn of 16 columns of two
// panels. A line of a panel is an operand as it is. With 12 tokens Zen 5 reaches 94 % of
// the peak of VDPBF16PS.

#define FETCH_PAIR(at) \
	PREFETCHT0 (at)(NEAR)    \
	PREFETCHT0 (at+64)(NEAR)

#define QUARTER(from, MULTIPLY, end) \
	FETCH_PAIR(from)          \
	FETCH_PAIR(from+128)      \
	VMOVDQU32 (from)(W), Z0     \
	VMOVDQU32 (from+64)(W), Z2  \
	VMOVDQU32 (from+128)(W), Z1 \
	VMOVDQU32 (from+192)(W), Z3 \
	EACH(MULTIPLY, end)

#define TURN(e0, e1, e2, e3) \
	AIM_NEAR                    \
	QUARTER(0, MULTIPLY0, e0)   \
	QUARTER(256, MULTIPLY1, e1) \
	QUARTER(512, MULTIPLY2, e2) \
	QUARTER(768, MULTIPLY3, e3) \
	ADDQ $1024, W               \
	ADDQ XSTEP, X

// func bf16AVX512BF16(c *Call)
TEXT ·bf16AVX512BF16(SB), NOSPLIT, $0-8
	ENTER_BF16
	MOVQ BLOCKS, AX
	ANDQ $3, AX
	JZ   four
	SUBQ AX, BLOCKS
	ADDQ $4, BLOCKS
	CMPQ AX, $2
	JLT  one
	JEQ  two
	JMP  three

four:
	TURN(a0, a1, a2, a3)
three:
	TURN(b0, b1, b2, b3)
two:
	TURN(c0, c1, c2, c3)
one:
	TURN(d0, d1, d2, d3)
	SUBQ $4, BLOCKS
	JNZ  four
	RESULTS_PAIRS
	EACH(STORE, stored)
	VZEROUPPER
	RET
