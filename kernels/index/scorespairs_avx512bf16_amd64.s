//go:build !purego

#include "bf16_amd64.h"
#include "textflag.h"

// Scores of a tile of 32 FP8 rows in bf16: eight heads at a time, 16 dot products of 2
// elements per 2 tile loads and 8 broadcasts. 2 * 32 * dim FLOP a head.

#define S DI
#define TILE SI
#define Q DX
#define W R8
#define HEADS R9   // left
#define BYTES R10  // of a query
#define BYTES3 R11 // three times
#define T AX       // current line of the tile
#define A BX       // current pair of heads 0 to 3
#define C CX       // of heads 4 to 7
#define I R12      // bytes left

// HEAD multiplies a pair of a head, in register z, with 32 rows in Z16 and Z17.
#define HEAD(address, z, n, d0, d1) \
	VPBROADCASTD address, z \
	VDPBF16PS(n, 16, d0)         \
	VDPBF16PS(n, 17, d1)

#define PAIR(at) \
	VMOVDQU32 (at*128)(T), Z16            \
	VMOVDQU32 (at*128+64)(T), Z17         \
	HEAD((at*4)(A), Z18, 18, 0, 1)        \
	HEAD((at*4)(A)(BYTES*1), Z19, 19, 2, 3)   \
	HEAD((at*4)(A)(BYTES*2), Z20, 20, 4, 5)   \
	HEAD((at*4)(A)(BYTES3*1), Z21, 21, 6, 7)  \
	HEAD((at*4)(C), Z18, 18, 8, 9)        \
	HEAD((at*4)(C)(BYTES*1), Z19, 19, 10, 11) \
	HEAD((at*4)(C)(BYTES*2), Z20, 20, 12, 13) \
	HEAD((at*4)(C)(BYTES3*1), Z21, 21, 14, 15)

// WEIGH adds what a head found to the scores, and clears its sums for the next one.
#define WEIGH(offset, z0, z1) \
	VPBROADCASTD offset(W), Z16 \
	VMAXPS z0, Z24, z0          \
	VMAXPS z1, Z24, z1          \
	VFMADD231PS z0, Z16, Z22    \
	VFMADD231PS z1, Z16, Z23    \
	VPXORQ z0, z0, z0           \
	VPXORQ z1, z1, z1

// func scoresPairsAVX512BF16(s []float32, tile, q []uint32, w []float32)
TEXT ·scoresPairsAVX512BF16(SB), NOSPLIT, $0-96
	MOVQ s_base+0(FP), S
	MOVQ tile_base+24(FP), TILE
	MOVQ tile_len+32(FP), BYTES
	SUBQ $32, BYTES
	SHRQ $3, BYTES // 4 * (tile_len - 32) / 32
	LEAQ (BYTES)(BYTES*2), BYTES3
	MOVQ q_base+48(FP), Q
	MOVQ w_base+72(FP), W
	MOVQ w_len+80(FP), HEADS
	VZEROALL
	VPXORQ Z22, Z22, Z22
	VPXORQ Z23, Z23, Z23
	VPXORQ Z24, Z24, Z24

heads:
	MOVQ TILE, T
	MOVQ Q, A
	LEAQ (Q)(BYTES*4), C
	MOVQ BYTES, I

four:
	PAIR(0)
	PAIR(1)
	PAIR(2)
	PAIR(3)
	ADDQ $512, T
	ADDQ $16, A
	ADDQ $16, C
	SUBQ $16, I
	JNZ  four

	WEIGH(0, Z0, Z1)
	WEIGH(4, Z2, Z3)
	WEIGH(8, Z4, Z5)
	WEIGH(12, Z6, Z7)
	WEIGH(16, Z8, Z9)
	WEIGH(20, Z10, Z11)
	WEIGH(24, Z12, Z13)
	WEIGH(28, Z14, Z15)
	LEAQ (Q)(BYTES*8), Q
	ADDQ $32, W
	SUBQ $8, HEADS
	JNZ  heads
	VMULPS (T), Z22, Z22 // the rows' scales
	VMULPS 64(T), Z23, Z23
	VMOVUPS Z22, (S)
	VMOVUPS Z23, 64(S)
	VZEROUPPER
	RET
