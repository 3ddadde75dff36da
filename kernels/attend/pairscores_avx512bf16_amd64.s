//go:build !purego

// Scores of BF16 rows for groups of 8 queries, of which a register holds 4 elements each
// beside the same 4 elements of a row, 8 times: VPBROADCASTQ. Its 16 sums are two for each
// query.
//
// Tile: 12 rows x 16 queries in 24 accumulators, 12 x 8 for the last 8. 4 elements are
// 12 + 2 loads and 24 bf16 multiply-adds, 1536 FLOP: bound by the multiply-adds, two a
// cycle. In the end a row and the next one share a register, a score of one beside that of
// the other.

#include "pairs_avx512bf16_amd64.h"

#define T DI     // scores of the current rows
#define Q SI     // current elements of the current queries
#define QB BX    // of the 8 behind them
#define R0 R8    // of rows 0, 3, 6 and 9 of the tile
#define R3 R9
#define R6 R10
#define R9_ R11
#define ROW R12  // bytes from row to row
#define I CX     // elements left
#define PITCH R13
#define STEP DX  // bytes asked for at a time, twice
#define TMP AX
#define LEFT stride+96(FP) // rows, when the stride is in its register

#define ROW1(address, a) \
	VPBROADCASTQ address, Z26 \
	DP(26, 24, a)

#define ROW2(address, a, b) \
	VPBROADCASTQ address, Z26 \
	DP(26, 24, a) \
	DP(26, 25, b)

#define STEP1(at) \
	VMOVDQU64 (8*at)(Q), Z24 \
	FETCH(STEP)                \
	ROW1(at(R0), 0)         \
	ROW1(at(R0)(ROW*1), 1)  \
	ROW1(at(R0)(ROW*2), 2)  \
	ROW1(at(R3), 3)         \
	ROW1(at(R3)(ROW*1), 4)  \
	ROW1(at(R3)(ROW*2), 5)  \
	ROW1(at(R6), 6)         \
	ROW1(at(R6)(ROW*1), 7)  \
	ROW1(at(R6)(ROW*2), 8)  \
	ROW1(at(R9_), 9)        \
	ROW1(at(R9_)(ROW*1), 10) \
	ROW1(at(R9_)(ROW*2), 11)

#define STEP2(at) \
	VMOVDQU64 (8*at)(Q), Z24 \
	VMOVDQU64 (8*at)(QB), Z25 \
	FETCH(STEP)                    \
	ROW2(at(R0), 0, 12)         \
	ROW2(at(R0)(ROW*1), 1, 13)  \
	ROW2(at(R0)(ROW*2), 2, 14)  \
	ROW2(at(R3), 3, 15)         \
	ROW2(at(R3)(ROW*1), 4, 16)  \
	ROW2(at(R3)(ROW*2), 5, 17)  \
	ROW2(at(R6), 6, 18)         \
	ROW2(at(R6)(ROW*1), 7, 19)  \
	ROW2(at(R6)(ROW*2), 8, 20)  \
	ROW2(at(R9_), 9, 21)        \
	ROW2(at(R9_)(ROW*1), 10, 22) \
	ROW2(at(R9_)(ROW*2), 11, 23)

#define NEXT16 \
	ADDQ $32, R0 \
	ADDQ $32, R3 \
	ADDQ $32, R6 \
	ADDQ $32, R9_

#define CLEAR4(a, b, c, d) \
	VPXORD a, a, a \
	VPXORD b, b, b \
	VPXORD c, c, c \
	VPXORD d, d, d

// SUM2 adds up the two sums of rows a and b.
#define SUM2(a, b, address) \
	VMOVSHDUP a, Z26         \
	VMOVSLDUP b, K1, Z26     \
	VBLENDMPS b, a, K1, Z27  \
	VADDPS Z27, Z26, Z26     \
	VMOVUPS Z26, address

// func pairScoresAVX512BF16(s []float32, q []uint16, k []byte, dim, heads, n, stride, pitch int, next []byte)
TEXT ·pairScoresAVX512BF16(SB), NOSPLIT, $0-136
	MOVQ heads+80(FP), CX // steps: of 16 queries, 12 rows and 4 elements
	ADDQ $15, CX
	SHRQ $4, CX
	MOVQ n+88(FP), AX
	ADDQ $11, AX
	XORL DX, DX
	MOVL $12, R8
	DIVQ R8
	IMULQ AX, CX
	IMULQ dim+72(FP), CX
	SHRQ $2, CX
	FETCHES(CX, STEP, next_base+112(FP), next_len+120(FP))
	MOVL $0xaaaa, AX
	KMOVW AX, K1
	MOVQ stride+96(FP), ROW
	ADDQ ROW, ROW
	MOVQ pitch+104(FP), PITCH
	SHLQ $3, PITCH

queries:
	MOVQ n+88(FP), TMP
	MOVQ TMP, LEFT
	MOVQ s_base+0(FP), T
	MOVQ k_base+48(FP), R0

rows:
	LEAQ (ROW)(ROW*2), TMP
	LEAQ (R0)(TMP*1), R3
	LEAQ (R3)(TMP*1), R6
	LEAQ (R6)(TMP*1), R9_
	MOVQ q_base+24(FP), Q
	MOVQ dim+72(FP), I
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CMPQ heads+80(FP), $8
	JLE  eight
	MOVQ I, QB
	SHLQ $4, QB
	ADDQ Q, QB
	CLEAR4(Z12, Z13, Z14, Z15)
	CLEAR4(Z16, Z17, Z18, Z19)
	CLEAR4(Z20, Z21, Z22, Z23)

column2:
	STEP2(0)
	STEP2(8)
	STEP2(16)
	STEP2(24)
	ADDQ $256, Q
	ADDQ $256, QB
	NEXT16
	SUBQ $16, I
	JNZ  column2
	LEAQ (T)(PITCH*2), TMP
	SUM2(Z12, Z13, 64(T))
	SUM2(Z14, Z15, 64(T)(PITCH*1))
	SUM2(Z16, Z17, 64(TMP))
	SUM2(Z18, Z19, 64(TMP)(PITCH*1))
	SUM2(Z20, Z21, 64(TMP)(PITCH*2))
	LEAQ (TMP)(PITCH*2), TMP
	SUM2(Z22, Z23, 64(TMP)(PITCH*1))
	JMP  sums

eight:
	STEP1(0)
	STEP1(8)
	STEP1(16)
	STEP1(24)
	ADDQ $256, Q
	NEXT16
	SUBQ $16, I
	JNZ  eight

sums:
	LEAQ (T)(PITCH*2), TMP
	SUM2(Z0, Z1, (T))
	SUM2(Z2, Z3, (T)(PITCH*1))
	SUM2(Z4, Z5, (TMP))
	SUM2(Z6, Z7, (TMP)(PITCH*1))
	SUM2(Z8, Z9, (TMP)(PITCH*2))
	LEAQ (TMP)(PITCH*2), TMP
	SUM2(Z10, Z11, (TMP)(PITCH*1))
	LEAQ (TMP)(PITCH*2), T
	MOVQ dim+72(FP), I
	ADDQ I, I
	SUBQ I, R9_ // back to the beginning of row 9
	LEAQ (ROW)(ROW*2), TMP
	LEAQ (R9_)(TMP*1), R0
	SUBQ $12, LEFT
	JGT  rows

	MOVQ dim+72(FP), TMP // of 16 queries
	SHLQ $5, TMP
	ADDQ TMP, q_base+24(FP)
	ADDQ $128, s_base+0(FP)
	SUBQ $16, heads+80(FP)
	JGT  queries
	VZEROUPPER
	RET
