//go:build !purego

#include "pairs_avx512bf16_amd64.h"

// Queries to bf16, laid out as PairScoreFunc takes them, two at a time: 16 elements of both
// are two loads and, 4 of one beside 4 of the other, four stores of 16 bytes, 64 apart. An odd
// one left over goes with itself, to where no query is: padding.

#define DST DI   // where the current queries' elements go
#define Q SI     // the first of them
#define Q1 R9    // and the second
#define I AX     // elements left
#define D R8     // where the current elements go
#define DIM CX
#define G DX     // queries left
#define NUMBER BX

// Eighths of a register: those of the lower and the upper half in turn.
DATA turns<>+0(SB)/8, $0
DATA turns<>+8(SB)/8, $4
DATA turns<>+16(SB)/8, $1
DATA turns<>+24(SB)/8, $5
DATA turns<>+32(SB)/8, $2
DATA turns<>+40(SB)/8, $6
DATA turns<>+48(SB)/8, $3
DATA turns<>+56(SB)/8, $7
GLOBL turns<>(SB), RODATA|NOPTR, $64

// func packAVX512BF16(dst []uint16, q []float32, dim, heads int)
TEXT ·packAVX512BF16(SB), NOSPLIT, $0-64
	MOVQ dst_base+0(FP), DST
	MOVQ q_base+24(FP), Q
	MOVQ dim+48(FP), DIM
	MOVQ heads+56(FP), G
	XORL NUMBER, NUMBER
	VMOVDQU64 turns<>(SB), Z2

queries:
	MOVQ DIM, I
	MOVQ DST, D
	LEAQ (Q)(DIM*4), Q1
	CMPQ G, $1
	CMOVQEQ Q, Q1

group:
	VMOVUPS (Q), Z0
	VMOVUPS (Q1), Z1
	ROUND2
	VPERMQ Z0, Z2, Z0
	VMOVDQU X0, (D)
	VEXTRACTI32X4 $1, Z0, 64(D)
	VEXTRACTI32X4 $2, Z0, 128(D)
	VEXTRACTI32X4 $3, Z0, 192(D)
	ADDQ $64, Q
	ADDQ $64, Q1
	ADDQ $256, D
	SUBQ $16, I
	JNZ  group

	MOVQ Q1, Q
	ADDQ $16, DST
	ADDQ $2, NUMBER
	TESTQ $7, NUMBER
	JNZ  same
	LEAQ -48(D), DST // the next 8

same:
	SUBQ $2, G
	JGT  queries
	VZEROUPPER
	RET
