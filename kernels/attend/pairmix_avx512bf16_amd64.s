//go:build !purego

// Weighted sums of BF16 rows, two rows at a time: out = out*before + (sum over j of p v)*now.
//
// Tile: 32 columns x 8 queries in 16 accumulators. Two rows are 2 loads, interleaved so
// that their elements of a column meet in an f32's place, 8 broadcasts of two weights and 16
// bf16 multiply-adds, 1024 FLOP: bound by the multiply-adds, two a cycle. All queries take
// their part of a strip of columns before the next one begins: it stays in the first-level
// cache, interleaved by the first of them. What was there before is asked for meanwhile.

#include "pairsums_avx512bf16_amd64.h"

#define OUT DI      // current columns of the first query
#define V SI        // of the first row
#define COLUMNS R8  // left
#define O R9        // of the current queries
#define O4 CX       // of the fifth of them, in ROW's place between the rows
#define STEP R10    // bytes asked for at a time, twice
#define P R11       // weights of the current queries
#define S R12       // their factors, of what was there before
#define G R13       // queries left
#define OUT_BYTES BX
#define PITCH DX
#define ROW CX
#define BUFFER R12  // the strip, interleaved; in S's place, between the rows of the first queries
#define AGAIN CX    // the strip, for the others, in ROW's place
#define J AX        // pairs of rows left
#define NEW P       // from factors of what was there to those of the sums, behind the rows

// ASK asks for 32 columns of 8 queries.
#define ASK2(o) \
	PREFETCHT0 o    \
	PREFETCHT0 64 o

#define ASK(o, o4, bytes, bytes3) \
	ASK2((o))           \
	ASK2((o)(bytes*1))  \
	ASK2((o)(bytes*2))  \
	ASK2((o)(bytes3*1)) \
	ASK2((o4))          \
	ASK2((o4)(bytes*1)) \
	ASK2((o4)(bytes*2)) \
	ASK2((o4)(bytes3*1))

// JOIN joins the sums of a query with what is there: both have a factor.
#define JOIN(o, at, a, b) \
	VBROADCASTSS at(S), Z16           \
	VBROADCASTSS at(S)(NEW*1), Z17    \
	VMULPS o, Z16, Z18                \
	VMULPS.Z 64 o, Z16, K2, Z19       \
	VFMADD213PS Z18, Z17, a           \
	VFMADD213PS Z19, Z17, b

// func pairMixAVX512BF16(out []float32, p []uint16, v []byte, before, now []float32, dim, heads, n, stride, pitch int, next []byte)
TEXT ·pairMixAVX512BF16(SB), 0, $33856-184
	MOVQ dim+120(FP), CX // steps: of 32 columns, 8 queries and 2 rows
	ADDQ $31, CX
	SHRQ $5, CX
	MOVQ heads+128(FP), AX
	ADDQ $7, AX
	SHRQ $3, AX
	IMULQ AX, CX
	MOVQ n+136(FP), AX
	INCQ AX
	SHRQ $1, AX
	IMULQ AX, CX
	FETCHES(CX, STEP, next_base+160(FP), next_len+168(FP))
	LOAD_INTERLEAVE(AX)
	KXNORD K1, K1, K1 // of columns of a row
	KXNORW K2, K2, K2 // of the second 16
	MOVQ out_base+0(FP), OUT
	MOVQ v_base+48(FP), V
	MOVQ dim+120(FP), COLUMNS
	LEAQ (COLUMNS*4), OUT_BYTES
	MOVQ pitch+152(FP), PITCH
	SHLQ $2, PITCH

strip:
	CMPQ COLUMNS, $32
	JGE  whole
	KSHIFTRD $16, K1, K1
	KXORW K2, K2, K2

whole:
	MOVQ OUT, O
	MOVQ p_base+24(FP), P
	MOVQ before_base+72(FP), S
	MOVQ heads+128(FP), G

queries:
	LEAQ (OUT_BYTES)(OUT_BYTES*2), AX
	LEAQ (O)(OUT_BYTES*4), O4
	ASK(O, O4, OUT_BYTES, AX)
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CLEAR4(Z12, Z13, Z14, Z15)
	MOVQ n+136(FP), J
	INCQ J
	SHRQ $1, J
	CMPQ G, heads+128(FP)
	LEAQ 63(SP), AGAIN
	JNE  others
	MOVQ AGAIN, BUFFER
	ANDQ $-64, BUFFER
	MOVQ stride+144(FP), ROW
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
	MOVQ before_base+72(FP), S
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
	CMPQ before_len+80(FP), $0
	JEQ  put
	MOVQ now_base+96(FP), NEW
	SUBQ before_base+72(FP), NEW
	JOIN((O), 0, Z0, Z1)
	JOIN((O)(OUT_BYTES*1), 4, Z2, Z3)
	JOIN((O)(OUT_BYTES*2), 8, Z4, Z5)
	JOIN((O)(AX*1), 12, Z6, Z7)
	JOIN((O4), 16, Z8, Z9)
	JOIN((O4)(OUT_BYTES*1), 20, Z10, Z11)
	JOIN((O4)(OUT_BYTES*2), 24, Z12, Z13)
	JOIN((O4)(AX*1), 28, Z14, Z15)

put:
	PUTS(O, O4, OUT_BYTES, AX)
	LEAQ (O4)(OUT_BYTES*4), O
	ADDQ $32, S
	SUBQ $8, G
	JLE  next
	MOVQ heads+128(FP), P
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
