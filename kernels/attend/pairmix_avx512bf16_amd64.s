//go:build !purego

// Weighted sums of BF16 rows, two rows at a time: out = out*before + (sum over j of p v)*now.
//
// Tile: 32 columns x 8 queries in 16 accumulators. Two rows are 2 loads, interleaved so
// that their elements of a column meet in an f32's place, 8 broadcasts of two weights and 16
// bf16 multiply-adds, 1024 FLOP: bound by the multiply-adds, two a cycle. All queries take
// their part of a section of a strip of columns before the next section begins, while sums wait
// in part: 17 KB, interleaved by the first queries, stay in the first-level cache beside the
// weights of 8, which are half a line for two rows. Lines of a strip are a row apart, and the
// first queries would wait for each: the last ones ask for those of the next section (512 rows:
// 7 % less time on a Zen 5). What was there before is asked for in the last section.

#include "go_asm.h"
#include "pairmix_avx512bf16_amd64.h"

#define OUT DI      // current columns of the first query
#define V SI        // of the next row for the first queries
#define COLUMNS columns-8(SP)  // left
#define LEFT left-16(SP)       // rows of the section, and those behind it
#define WEIGHTS weights-24(SP) // of the section, for the first queries
#define ROWS R8     // bytes of two rows
#define O R9        // of the current queries
#define O4 CX       // of the fifth of them, in ROW's place between the rows
#define STEP R10    // bytes asked for at a time, twice
#define P R11       // weights of the current queries
#define G R13       // queries left
#define OUT_BYTES BX
#define PITCH DX
#define J AX        // pairs of rows left
#define ROW CX
#define BUFFER R12  // the section, interleaved
#define AGAIN CX    // the same for the others, in ROW's place
#define COMING R12  // rows the first queries read next, in BUFFER's place,
#define NEIGHBOUR R9 // and bytes from a row to the next one, in O's, which is
#define CURRENT current-32(SP)
#define S R12       // behind the rows, factors of what was there before,
#define NEW P       // and bytes from there to those of the sums

// func pairMixAVX512BF16(out []float32, p []uint16, v []byte, before, now []float32, dim, heads, n, stride, pitch int, part []float32, next []byte)
TEXT ·pairMixAVX512BF16(SB), 0, $16992-208
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
	FETCHES(CX, STEP, next_base+184(FP), next_len+192(FP))
	LOAD_INTERLEAVE(AX)
	KXNORD K1, K1, K1 // of columns of a row
	KXNORW K2, K2, K2 // of the second 16
	MOVQ out_base+0(FP), OUT
	MOVQ v_base+48(FP), V
	MOVQ dim+120(FP), AX
	MOVQ AX, COLUMNS
	LEAQ (AX*4), OUT_BYTES
	MOVQ stride+144(FP), ROWS
	SHLQ $2, ROWS
	MOVQ pitch+152(FP), PITCH
	SHLQ $2, PITCH

strip:
	CMPQ COLUMNS, $32
	JGE  whole
	KSHIFTRD $16, K1, K1
	KXORW K2, K2, K2

whole:
	MOVQ V, v_base+48(FP)
	MOVQ n+136(FP), AX
	MOVQ AX, LEFT
	MOVQ p_base+24(FP), AX
	MOVQ AX, WEIGHTS

section:
	MOVQ OUT, O
	MOVQ WEIGHTS, P
	MOVQ heads+128(FP), G

queries:
	CMPQ LEFT, $const_pairSection
	JGT  asked
	LEAQ (OUT_BYTES)(OUT_BYTES*2), AX
	LEAQ (O)(OUT_BYTES*4), O4
	ASK(O, O4, OUT_BYTES, AX)

asked:
	MOVQ LEFT, CX
	CMPQ CX, n+136(FP)
	JEQ  begin
	PART(AX)
	EACH2(GO_ON2)
	JMP  rows

begin:
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CLEAR4(Z12, Z13, Z14, Z15)

rows:
	MOVL $const_pairSection, J
	CMPQ CX, J
	CMOVQLT CX, J
	INCQ J
	SHRQ $1, J
	CMPQ G, heads+128(FP)
	LEAQ 63(SP), AGAIN
	JNE  others
	MOVQ AGAIN, BUFFER
	ANDQ $-64, BUFFER
	MOVQ ROWS, ROW
	SHRQ $1, ROW

row:
	INTERLEAVE(V, ROW, STEP)
	VMOVDQA64 Z16, (BUFFER)
	VMOVDQA64 Z18, 64(BUFFER)
	ADDS(P)
	ADDQ ROWS, V
	ADDQ $128, BUFFER
	ADDQ PITCH, P
	DECQ J
	JNZ  row
	JMP  sums

others:
	ANDQ $-64, AGAIN
	CMPQ G, $8
	JLE  coming

again:
	AGAIN2
	JNZ again
	JMP sums

// the last queries ask for the rows of the next section, or of the next strip's first one
coming:
	MOVQ V, COMING
	CMPQ LEFT, $const_pairSection
	JGT  asking
	MOVQ v_base+48(FP), COMING
	ADDQ $64, COMING

asking:
	MOVQ O, CURRENT
	MOVQ ROWS, NEIGHBOUR
	SHRQ $1, NEIGHBOUR

more:
	PREFETCHT0 (COMING)
	PREFETCHT0 (COMING)(NEIGHBOUR*1)
	ADDQ ROWS, COMING
	AGAIN2
	JNZ more
	MOVQ CURRENT, O

sums:
	CMPQ LEFT, $const_pairSection
	JLE  last
	PART(AX)
	EACH2(WAIT2)
	JMP  done

last:
	LEAQ (OUT_BYTES)(OUT_BYTES*2), AX
	LEAQ (O)(OUT_BYTES*4), O4
	CMPQ before_len+80(FP), $0
	JEQ  put
	MOVQ heads+128(FP), S
	SUBQ G, S
	SHLQ $2, S
	ADDQ before_base+72(FP), S
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

done:
	LEAQ (O)(OUT_BYTES*8), O
	SUBQ $8, G
	JLE  next
	MOVQ heads+128(FP), P
	SUBQ G, P
	SHLQ $2, P
	ADDQ WEIGHTS, P
	JMP  queries

next:
	MOVQ PITCH, AX
	IMULQ $(const_pairSection/2), AX
	ADDQ AX, WEIGHTS
	SUBQ $const_pairSection, LEFT
	JGT  section
	MOVQ v_base+48(FP), V
	ADDQ $128, OUT
	ADDQ $64, V
	SUBQ $32, COLUMNS
	JGT  strip
	VZEROUPPER
	RET
