// Shared by the kernels that score tiles of 32 MXFP4 rows: four heads at a time, 8 dot
// products of 4 elements per 2 tile loads and 4 broadcasts. Sums begin at the bytes' -12
// times; 8192 FLOP of a block, four heads and 32 rows are 64 dot products. How the sums
// are scaled is up to ROW_SCALES, which reads the rows' scales into Z8 and Z9, and ADD,
// which scales the sums of a head and adds them to its products. Codes are twice the
// values on both sides: at the end scores are quartered.

#include "textflag.h"

DATA quarter<>+0(SB)/4, $0.25
GLOBL quarter<>(SB), RODATA|NOPTR, $4

#define S DI
#define T SI       // current block of the tile
#define CODES DX   // of the first head
#define SCALES R8
#define W R9
#define STRIDE R10 // bytes of a query's codes: 32 a block
#define STEP R11   // bytes of its scales: 4 a block
#define HEADS CX   // left
#define A AX       // current block of heads 0, 1
#define C BX       // of heads 2, 3
#define AS R14     // their scales
#define CS R15
#define BLOCKS R12 // left

#define HEAD(address, z, z0, z1) \
	VPBROADCASTD address, z \
	VPDPBUSD Z8, z, z0      \
	VPDPBUSD Z9, z, z1

#define FOUR(at) \
	VMOVDQU32 (at*128)(T), Z8             \
	VMOVDQU32 (at*128+64)(T), Z9          \
	HEAD((at*4)(A), Z10, Z0, Z1)            \
	HEAD((at*4)(A)(STRIDE*1), Z11, Z2, Z3)  \
	HEAD((at*4)(C), Z12, Z4, Z5)            \
	HEAD((at*4)(C)(STRIDE*1), Z13, Z6, Z7)

// WEIGH takes the larger of 0 and a product, which is second, for that is what is left of NaN.
#define WEIGH(offset, dot0, dot1) \
	VPBROADCASTD offset(W), Z8 \
	VMAXPS dot0, Z26, dot0     \
	VMAXPS dot1, Z26, dot1     \
	VFMADD231PS dot0, Z8, Z24  \
	VFMADD231PS dot1, Z8, Z25

#define SCORES                                      \
	MOVQ s_base+0(FP), S                        \
	MOVQ dim+48(FP), STRIDE                     \
	MOVQ codes_base+56(FP), CODES               \
	MOVQ scales_base+80(FP), SCALES             \
	MOVQ w_base+104(FP), W                      \
	MOVQ w_len+112(FP), HEADS                   \
	ADDQ $31, STRIDE                            \
	ANDQ $-32, STRIDE                           \
	MOVQ STRIDE, STEP                           \
	SHRQ $3, STEP                               \
	VPXORQ Z24, Z24, Z24                        \
	VPXORQ Z25, Z25, Z25                        \
	VPXORQ Z26, Z26, Z26                        \
heads:                                              \
	MOVQ tile_base+24(FP), T                    \
	MOVQ CODES, A                               \
	LEAQ (A)(STRIDE*2), C                       \
	MOVQ SCALES, AS                             \
	LEAQ (AS)(STEP*2), CS                       \
	MOVQ STRIDE, BLOCKS                         \
	VPXORQ Z16, Z16, Z16                        \
	VPXORQ Z17, Z17, Z17                        \
	VPXORQ Z18, Z18, Z18                        \
	VPXORQ Z19, Z19, Z19                        \
	VPXORQ Z20, Z20, Z20                        \
	VPXORQ Z21, Z21, Z21                        \
	VPXORQ Z22, Z22, Z22                        \
	VPXORQ Z23, Z23, Z23                        \
block:                                              \
	VMOVDQU32 1024(T), Z0                       \
	VMOVDQU32 1088(T), Z1                       \
	VMOVDQA32 Z0, Z2                            \
	VMOVDQA32 Z1, Z3                            \
	VMOVDQA32 Z0, Z4                            \
	VMOVDQA32 Z1, Z5                            \
	VMOVDQA32 Z0, Z6                            \
	VMOVDQA32 Z1, Z7                            \
	FOUR(0)                                     \
	FOUR(1)                                     \
	FOUR(2)                                     \
	FOUR(3)                                     \
	FOUR(4)                                     \
	FOUR(5)                                     \
	FOUR(6)                                     \
	FOUR(7)                                     \
	ROW_SCALES                                  \
	ADD((AS), Z10, Z0, Z1, Z16, Z17)            \
	ADD((AS)(STEP*1), Z11, Z2, Z3, Z18, Z19)    \
	ADD((CS), Z12, Z4, Z5, Z20, Z21)            \
	ADD((CS)(STEP*1), Z13, Z6, Z7, Z22, Z23)    \
	ADDQ $32, A                                 \
	ADDQ $32, C                                 \
	ADDQ $4, AS                                 \
	ADDQ $4, CS                                 \
	ADDQ $1280, T                               \
	SUBQ $32, BLOCKS                            \
	JNZ  block                                  \
	WEIGH(0, Z16, Z17)                          \
	WEIGH(4, Z18, Z19)                          \
	WEIGH(8, Z20, Z21)                          \
	WEIGH(12, Z22, Z23)                         \
	LEAQ (CODES)(STRIDE*4), CODES               \
	LEAQ (SCALES)(STEP*4), SCALES               \
	ADDQ $16, W                                 \
	SUBQ $4, HEADS                              \
	JNZ  heads                                  \
	VBROADCASTSS quarter<>(SB), Z16             \
	VMULPS Z16, Z24, Z24                        \
	VMULPS Z16, Z25, Z25                        \
	VMOVUPS Z24, (S)                            \
	VMOVUPS Z25, 64(S)                          \
	VZEROUPPER                                  \
	RET
