//go:build !purego

#include "textflag.h"

// Queries to bf16, laid out as PairScoreFunc takes them: 16 elements of a query are one
// load and four stores of 8 bytes, 64 apart.

#define DST DI   // where the current query's elements go
#define Q SI
#define I AX     // elements left
#define D R8     // where the current elements go
#define DIM CX
#define G DX     // queries left
#define NUMBER BX

// VCVTNEPS2BF16 Z0, Y0, which Go's assembler does not have.
#define ROUND BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72; BYTE $0xc0

// func packAVX512BF16(dst []uint16, q []float32, dim, heads int)
TEXT ·packAVX512BF16(SB), NOSPLIT, $0-64
	MOVQ dst_base+0(FP), DST
	MOVQ q_base+24(FP), Q
	MOVQ dim+48(FP), DIM
	MOVQ heads+56(FP), G
	XORL NUMBER, NUMBER

query:
	MOVQ DIM, I
	MOVQ DST, D

group:
	VMOVUPS (Q), Z0
	ROUND
	VEXTRACTI128 $1, Y0, X1
	VMOVLPS X0, (D)
	VMOVHPS X0, 64(D)
	VMOVLPS X1, 128(D)
	VMOVHPS X1, 192(D)
	ADDQ $64, Q
	ADDQ $256, D
	SUBQ $16, I
	JNZ  group

	ADDQ $8, DST
	INCQ NUMBER
	TESTQ $7, NUMBER
	JNZ  same
	LEAQ -56(D), DST // the next 8

same:
	DECQ G
	JNZ  query
	VZEROUPPER
	RET
