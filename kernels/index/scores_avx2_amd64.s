//go:build !purego

#include "textflag.h"

// Scores of a tile of 32 rows, 16 rows at a time: four heads, 8 multiply-adds per
// 2 tile loads and 4 broadcasts. 2 * 32 * dim FLOP a head.

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
#define HALF R12   // 16-row halves left

#define PAIR(address, y0, y1) \
	VBROADCASTSS address, Y10  \
	VFMADD231PS Y8, Y10, y0    \
	VFMADD231PS Y9, Y10, y1

#define ELEMENT(offset) \
	VMOVUPS (offset*128)(T), Y8       \
	VMOVUPS (offset*128+32)(T), Y9    \
	PAIR((offset*4)(A), Y0, Y1)       \
	PAIR((offset*4)(A)(BYTES*1), Y2, Y3) \
	PAIR((offset*4)(C), Y4, Y5)       \
	PAIR((offset*4)(C)(BYTES*1), Y6, Y7)

#define HEAD(offset, y0, y1) \
	VBROADCASTSS offset(W), Y8 \
	VMAXPS y0, Y13, y0         \
	VMAXPS y1, Y13, y1         \
	VFMADD231PS y0, Y8, Y14    \
	VFMADD231PS y1, Y8, Y15

// func scoresAVX2(s, tile, q, w []float32)
TEXT ·scoresAVX2(SB), NOSPLIT, $0-96
	MOVQ s_base+0(FP), S
	MOVQ tile_base+24(FP), TILE
	MOVQ tile_len+32(FP), BYTES
	SHRQ $3, BYTES // 4 * tile_len / 32
	MOVQ $2, HALF
	VPXOR Y13, Y13, Y13

half:
	MOVQ q_base+48(FP), Q
	MOVQ w_base+72(FP), W
	MOVQ w_len+80(FP), HEADS
	VPXOR Y14, Y14, Y14
	VPXOR Y15, Y15, Y15

heads:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
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

	HEAD(0, Y0, Y1)
	HEAD(4, Y2, Y3)
	HEAD(8, Y4, Y5)
	HEAD(12, Y6, Y7)
	LEAQ (Q)(BYTES*4), Q
	ADDQ $16, W
	SUBQ $4, HEADS
	JNZ  heads
	VMOVUPS Y14, (S)
	VMOVUPS Y15, 32(S)
	ADDQ $64, S
	ADDQ $64, TILE
	DECQ HALF
	JNZ  half
	VZEROUPPER
	RET
