//go:build !purego

// Weighted sums of BF16 rows, two rows at a time: out = out*scale + sum over j of p v.
//
// Tile: 32 columns x 8 queries in 16 accumulators. Two rows are 2 loads, interleaved so
// that their elements of a column meet in an f32's place, 8 broadcasts of two weights and 16
// bf16 multiply-adds, 1024 FLOP: bound by the multiply-adds, two a cycle. All queries take
// their part of a strip of columns before the next one begins: it stays in the first-level
// cache, interleaved by the first of them.

#include "pairsums_avx512bf16_amd64.h"

#define OUT DI      // current columns of the first query
#define V SI        // of the first row
#define COLUMNS R8  // left
#define O R9        // of the current queries
#define O4 CX       // of the fifth of them, in ROW's place between the rows
#define STEP R10    // bytes asked for at a time, twice
#define P R11       // weights of the current queries
#define S R12       // their scales
#define G R13       // queries left
#define OUT_BYTES BX
#define PITCH DX
#define ROW CX
#define BUFFER R12  // the strip, interleaved; in S's place, between the rows of the first queries
#define AGAIN CX    // the strip, for the others, in ROW's place
#define J AX        // pairs of rows left

// SCALED is GET of what is multiplied by the query's scale.
#define SCALED(o, at, a, b) \
	VBROADCASTSS at(S), Z16  \
	VMULPS o, Z16, a         \
	VMULPS.Z 64 o, Z16, K2, b

// func pairMixAVX512BF16(out []float32, p []uint16, v []byte, scale []float32, dim, heads, n, stride, pitch int, next []byte)
TEXT ·pairMixAVX512BF16(SB), 0, $33856-160
	MOVQ dim+96(FP), CX // steps: of 32 columns, 8 queries and 2 rows
	ADDQ $31, CX
	SHRQ $5, CX
	MOVQ heads+104(FP), AX
	ADDQ $7, AX
	SHRQ $3, AX
	IMULQ AX, CX
	MOVQ n+112(FP), AX
	INCQ AX
	SHRQ $1, AX
	IMULQ AX, CX
	FETCHES(CX, STEP, next_base+136(FP), next_len+144(FP))
	LOAD_INTERLEAVE(AX)
	KXNORD K1, K1, K1 // of columns of a row
	KXNORW K2, K2, K2 // of the second 16
	MOVQ out_base+0(FP), OUT
	MOVQ v_base+48(FP), V
	MOVQ dim+96(FP), COLUMNS
	LEAQ (COLUMNS*4), OUT_BYTES
	MOVQ pitch+128(FP), PITCH
	SHLQ $2, PITCH

strip:
	CMPQ COLUMNS, $32
	JGE  whole
	KSHIFTRD $16, K1, K1
	KXORW K2, K2, K2

whole:
	MOVQ OUT, O
	MOVQ p_base+24(FP), P
	MOVQ scale_base+72(FP), S
	MOVQ heads+104(FP), G

queries:
	CMPQ scale_len+80(FP), $0
	JEQ  nothing
	LEAQ (OUT_BYTES)(OUT_BYTES*2), AX
	LEAQ (O)(OUT_BYTES*4), O4
	SCALED((O), 0, Z0, Z1)
	SCALED((O)(OUT_BYTES*1), 4, Z2, Z3)
	SCALED((O)(OUT_BYTES*2), 8, Z4, Z5)
	SCALED((O)(AX*1), 12, Z6, Z7)
	SCALED((O4), 16, Z8, Z9)
	SCALED((O4)(OUT_BYTES*1), 20, Z10, Z11)
	SCALED((O4)(OUT_BYTES*2), 24, Z12, Z13)
	SCALED((O4)(AX*1), 28, Z14, Z15)
	JMP  begin

nothing:
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CLEAR4(Z12, Z13, Z14, Z15)

begin:
	MOVQ n+112(FP), J
	INCQ J
	SHRQ $1, J
	CMPQ G, heads+104(FP)
	LEAQ 63(SP), AGAIN
	JNE  others
	MOVQ AGAIN, BUFFER
	ANDQ $-64, BUFFER
	MOVQ stride+120(FP), ROW
	ADDQ ROW, ROW
	MOVQ V, v_base+48(FP)

row:
	INTERLEAVE(V, ROW, STEP)
	VMOVDQA64 Z16, (BUFFER)
	VMOVDQA64 Z18, 64(BUFFER)
	ADDS(P)
	LEAQ (V)(ROW*2), V
	ADDQ $128, BUFFER
	ADDQ PITCH, P
	DECQ J
	JNZ  row
	MOVQ v_base+48(FP), V
	MOVQ scale_base+72(FP), S
	JMP  sums

others:
	ANDQ $-64, AGAIN

again:
	VMOVDQA64 (AGAIN), Z16
	VMOVDQA64 64(AGAIN), Z18
	FETCH(STEP)
	ADDS(P)
	ADDQ $128, AGAIN
	ADDQ PITCH, P
	DECQ J
	JNZ  again

sums:
	LEAQ (OUT_BYTES)(OUT_BYTES*2), AX
	LEAQ (O)(OUT_BYTES*4), O4
	PUTS(O, O4, OUT_BYTES, AX)
	LEAQ (O4)(OUT_BYTES*4), O
	ADDQ $32, S
	SUBQ $8, G
	JLE  next
	MOVQ heads+104(FP), P
	SUBQ G, P
	SHLQ $2, P
	ADDQ p_base+24(FP), P
	JMP  queries

next:
	ADDQ $128, OUT
	ADDQ $64, V
	SUBQ $32, COLUMNS
	JGT  strip
	VZEROUPPER
	RET
