//go:build !purego

// Weighted sums of BF16 rows, two rows at a time: out = out*scale + sum over j of p v.
//
// Tile: 32 columns x 8 queries in 16 accumulators. Two rows are 2 loads, interleaved so
// that their elements of a column meet in an f32's place, 8 broadcasts of two weights and 16
// bf16 multiply-adds, 1024 FLOP: bound by the multiply-adds, two a cycle. All queries take
// their part of a strip of columns before the next one begins: it stays in the first-level
// cache, interleaved by the first of them. Of a strip of 16 columns masks leave the rest out.

#include "pairs_avx512bf16_amd64.h"

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

// Words of the first 16 columns of two rows, those of the second row being 32 and on.
DATA pairs<>+0(SB)/8, $0x2303220221012000
DATA pairs<>+8(SB)/8, $0x2707260625052404
DATA pairs<>+16(SB)/8, $0x2b0b2a0a29092808
DATA pairs<>+24(SB)/8, $0x2f0f2e0e2d0d2c0c
GLOBL pairs<>(SB), RODATA|NOPTR, $32

#define GET(o, at, a, b) \
	VBROADCASTSS at(S), Z16 \
	VMULPS o, Z16, a         \
	VMULPS.Z 64 o, Z16, K2, b

#define PUT(o, a, b) \
	VMOVUPS a, o         \
	VMOVUPS b, K2, 64 o

#define ADD(at, a, b) \
	VPBROADCASTD at(P), Z20 \
	VDPBF16PS(16, 20, a)           \
	VDPBF16PS(18, 20, b)

#define ADDS \
	ADD(0, 0, 1)    \
	ADD(4, 2, 3)    \
	ADD(8, 4, 5)    \
	ADD(12, 6, 7)   \
	ADD(16, 8, 9)   \
	ADD(20, 10, 11) \
	ADD(24, 12, 13) \
	ADD(28, 14, 15)

// func pairMixAVX512BF16(out []float32, p []uint16, v []byte, scale []float32, dim, heads, n, stride, pitch int, next []byte)
TEXT ·pairMixAVX512BF16(SB), 0, $12352-160
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
	VPMOVZXBW pairs<>(SB), Z30
	MOVL $0x00100010, AX
	VPBROADCASTD AX, Z31
	VPADDW Z30, Z31, Z31 // of the next 16
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
	GET((O), 0, Z0, Z1)
	GET((O)(OUT_BYTES*1), 4, Z2, Z3)
	GET((O)(OUT_BYTES*2), 8, Z4, Z5)
	GET((O)(AX*1), 12, Z6, Z7)
	GET((O4), 16, Z8, Z9)
	GET((O4)(OUT_BYTES*1), 20, Z10, Z11)
	GET((O4)(OUT_BYTES*2), 24, Z12, Z13)
	GET((O4)(AX*1), 28, Z14, Z15)
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
	VMOVDQU16.Z (V), K1, Z16
	VMOVDQU16.Z (V)(ROW*1), K1, Z17
	FETCH(STEP)
	VMOVDQA64 Z16, Z18
	VPERMT2W Z17, Z30, Z16
	VPERMT2W Z17, Z31, Z18
	VMOVDQA64 Z16, (BUFFER)
	VMOVDQA64 Z18, 64(BUFFER)
	ADDS
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
	ADDS
	ADDQ $128, AGAIN
	ADDQ PITCH, P
	DECQ J
	JNZ  again

sums:
	LEAQ (OUT_BYTES)(OUT_BYTES*2), AX
	LEAQ (O)(OUT_BYTES*4), O4
	PUT((O), Z0, Z1)
	PUT((O)(OUT_BYTES*1), Z2, Z3)
	PUT((O)(OUT_BYTES*2), Z4, Z5)
	PUT((O)(AX*1), Z6, Z7)
	PUT((O4), Z8, Z9)
	PUT((O4)(OUT_BYTES*1), Z10, Z11)
	PUT((O4)(OUT_BYTES*2), Z12, Z13)
	PUT((O4)(AX*1), Z14, Z15)
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
