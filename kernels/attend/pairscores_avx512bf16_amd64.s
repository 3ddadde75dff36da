//go:build !purego

// Scores of BF16 rows for groups of 8 queries, of which a register holds 4 elements each
// beside the same 4 elements of a row, 8 times: VPBROADCASTQ. Its 16 sums are two for each
// query.
//
// Tile: 12 rows x 16 queries in 24 accumulators, 12 x 8 for the last 8. 4 elements are
// 12 + 2 loads and 24 bf16 multiply-adds, 1536 FLOP: bound by the multiply-adds, two a
// cycle. In the end a row and the next one share a register, a score of one beside that of
// the other.
//
// With every 16 elements of 12 rows and 16 queries goes a line of rows to decode, as long as
// there are some: of what it needs multiply-adds leave enough. Else next is asked for.

#include "loadrow_avx512bf16_amd64.h"
#include "pairtile_avx512bf16_amd64.h"

#define T DI     // scores of the current rows, at the end of a tile
#define SCORES s_len+8(FP) // the same before
#define Q SI     // current elements of the current queries
#define QB BX    // bytes from there to the 8 behind them
#define R0 R8    // of rows 0, 3, 6 and 9 of the tile
#define R3 R9
#define R6 R10
#define R9_ R11
#define ROW R12  // bytes from row to row
#define I CX     // elements left
#define PITCH R13 // at the end of a tile
#define ASK DX   // bytes asked for at a time, twice
#define TMP AX
#define LEFT stride+96(FP) // rows, when the stride is in its register

// QUERIES8 and QUERIES16 load 4 elements of each query, ROW8 and ROW16 multiply them by those
// of a row.
#define QUERIES8(at) VMOVDQU64 (8*at)(Q), Z24
#define QUERIES16(at) VMOVDQU64 (8*at)(Q), Z24; VMOVDQU64 (8*at)(Q)(QB*1), Z25

#define ROW8(address, a, b) \
	VPBROADCASTQ address, Z26 \
	VDPBF16PS(26, 24, a)

#define ROW16(address, a, b) \
	ROW8(address, a, b) \
	VDPBF16PS(26, 25, b)

#define STEP(QUERIES, ROW_, at) \
	QUERIES(at)                 \
	TILE(ROW_, at)

#define STEP_ASK(QUERIES, ROW_, at) \
	FETCH(ASK)                  \
	STEP(QUERIES, ROW_, at)

// STEPS are 16 elements.
#define STEPS(STEP_, QUERIES, ROW_) \
	STEP_(QUERIES, ROW_, 0)  \
	STEP_(QUERIES, ROW_, 8)  \
	STEP_(QUERIES, ROW_, 16) \
	STEP_(QUERIES, ROW_, 24) \
	ADDQ $256, Q             \
	ADDQ $32, R0             \
	ADDQ $32, R3             \
	ADDQ $32, R6             \
	ADDQ $32, R9_            \
	SUBQ $16, I

// ASK_NOTHING leaves the load, and has FETCH ask for what is at hand.
#define ASK_NOTHING \
	XORL TMP, TMP \
	MOVQ TMP, load+136(FP) \
	MOVQ SP, NEXT \
	XORL HALF, HALF \
	XORL ASK, ASK

#define SUM2(a, b, address) TILE_SUM(a, b, Z24, Z25, K1, address)

// SUMS adds up those of 12 rows.
#define SUMS(a, b, c, d, e, f, g, h, i, j, k, l, at) \
	LEAQ (T)(PITCH*2), TMP         \
	SUM2(a, b, at(T))              \
	SUM2(c, d, at(T)(PITCH*1))     \
	SUM2(e, f, at(TMP))            \
	SUM2(g, h, at(TMP)(PITCH*1))   \
	SUM2(i, j, at(TMP)(PITCH*2))   \
	LEAQ (TMP)(PITCH*2), TMP       \
	SUM2(k, l, at(TMP)(PITCH*1))

// func pairScoresAVX512BF16(s []float32, q []uint16, k []byte, dim, heads, n, stride, pitch int, next []byte, load *RowLoad)
TEXT ·pairScoresAVX512BF16(SB), NOSPLIT, $0-144
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
	FETCHES(CX, ASK, next_base+112(FP), next_len+120(FP))
	MOVL $0xaaaa, AX
	KMOVW AX, K1
	MOVQ stride+96(FP), ROW
	ADDQ ROW, ROW
	MOVQ pitch+104(FP), PITCH
	SHLQ $3, PITCH
	MOVQ PITCH, pitch+104(FP)
	CMPQ load+136(FP), $0
	JEQ  queries
	LOAD_BEGIN(load+136(FP))

queries:
	MOVQ n+88(FP), TMP
	MOVQ TMP, LEFT
	MOVQ s_base+0(FP), TMP
	MOVQ TMP, SCORES
	MOVQ k_base+48(FP), R0

rows:
	TILE_ROWS
	MOVQ q_base+24(FP), Q
	MOVQ dim+72(FP), I
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CMPQ heads+80(FP), $8
	JLE  eight
	MOVQ I, QB
	SHLQ $4, QB
	CLEAR4(Z12, Z13, Z14, Z15)
	CLEAR4(Z16, Z17, Z18, Z19)
	CLEAR4(Z20, Z21, Z22, Z23)
	CMPQ load+136(FP), $0
	JEQ  sixteen
	LOAD_POINTERS(load+136(FP))

loading:
	STEPS(STEP, QUERIES16, ROW16)
	LOAD_LINE(none)
	TESTQ I, I
	JNZ  loading
	JMP  both

none:
	ASK_NOTHING
	TESTQ I, I
	JZ   both

sixteen:
	STEPS(STEP_ASK, QUERIES16, ROW16)
	JNZ  sixteen

both:
	MOVQ SCORES, T
	MOVQ pitch+104(FP), PITCH
	SUMS(Z12, Z13, Z14, Z15, Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, 64)
	JMP  sums

eight:
	CMPQ load+136(FP), $0
	JEQ  alone
	LOAD_POINTERS(load+136(FP))
	LOAD_END
	ASK_NOTHING

alone:
	STEPS(STEP_ASK, QUERIES8, ROW8)
	JNZ  alone
	MOVQ SCORES, T
	MOVQ pitch+104(FP), PITCH

sums:
	SUMS(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, 0)
	LEAQ (TMP)(PITCH*2), T
	MOVQ T, SCORES
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
	CMPQ load+136(FP), $0
	JEQ  end
	LOAD_POINTERS(load+136(FP))
	LOAD_END

end:
	VZEROUPPER
	RET
