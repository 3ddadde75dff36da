//go:build !purego

#include "textflag.h"

// Scores of a tile of 32 rows: four heads at a time, 8 multiply-adds per 2 tile
// loads and 4 broadcasts. 2 * 32 * dim FLOP a head.

#define S DI
#define TILE SI
#define Q DX
#define W R8
#define HEADS R9   // left
#define BYTES R10  // of a query
#define T AX       // current line of the tile
#define A BX       // current element of heads 0, 1
#define C CX       // of heads 2, 3
#define I R11      // elements left

#define ELEMENT(offset) \
	VMOVUPS (offset*128)(T), Z8        \
	VMOVUPS (offset*128+64)(T), Z9     \
	VPBROADCASTD (offset*4)(A), Z10    \
	VPBROADCASTD (offset*4)(A)(BYTES*1), Z11 \
	VPBROADCASTD (offset*4)(C), Z12    \
	VPBROADCASTD (offset*4)(C)(BYTES*1), Z13 \
	VFMADD231PS Z8, Z10, Z0            \
	VFMADD231PS Z9, Z10, Z1            \
	VFMADD231PS Z8, Z11, Z2            \
	VFMADD231PS Z9, Z11, Z3            \
	VFMADD231PS Z8, Z12, Z4            \
	VFMADD231PS Z9, Z12, Z5            \
	VFMADD231PS Z8, Z13, Z6            \
	VFMADD231PS Z9, Z13, Z7

#define HEAD(offset, z0, z1) \
	VPBROADCASTD offset(W), Z8 \
	VMAXPS z0, Z16, z0         \
	VMAXPS z1, Z16, z1         \
	VFMADD231PS z0, Z8, Z14    \
	VFMADD231PS z1, Z8, Z15

// func scoresAVX512(s, tile, q, w []float32)
TEXT ·scoresAVX512(SB), NOSPLIT, $0-96
	MOVQ s_base+0(FP), S
	MOVQ tile_base+24(FP), TILE
	MOVQ tile_len+32(FP), BYTES
	SHRQ $3, BYTES // 4 * tile_len / 32
	MOVQ q_base+48(FP), Q
	MOVQ w_base+72(FP), W
	MOVQ w_len+80(FP), HEADS
	VPXORQ Z14, Z14, Z14
	VPXORQ Z15, Z15, Z15
	VPXORQ Z16, Z16, Z16

heads:
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	MOVQ TILE, T
	MOVQ Q, A
	LEAQ (Q)(BYTES*2), C
	MOVQ BYTES, I

element:
	ELEMENT(0)
	ELEMENT(1)
	ELEMENT(2)
	ELEMENT(3)
	ADDQ $512, T
	ADDQ $16, A
	ADDQ $16, C
	SUBQ $16, I
	JNZ  element

	HEAD(0, Z0, Z1)
	HEAD(4, Z2, Z3)
	HEAD(8, Z4, Z5)
	HEAD(12, Z6, Z7)
	LEAQ (Q)(BYTES*4), Q
	ADDQ $16, W
	SUBQ $4, HEADS
	JNZ  heads
	VMOVUPS Z14, (S)
	VMOVUPS Z15, 64(S)
	VZEROUPPER
	RET
