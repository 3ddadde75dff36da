//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// A step of running softmaxes, 8 of them in a register, each with two scores: see
// RunningPairsFunc. Largest scores and sums need no sums across lanes, except of two.
// Bound by the arithmetic of powers.

#define S DI      // scores of the 8
#define P SI      // weights
#define I R8      // scores and weights of the current two rows
#define W R9
#define SEEN R10
#define TOP R11
#define SUM R12
#define SCALE R13
#define ROWS AX   // pairs left
#define N BX      // pairs of rows
#define G CX      // softmaxes left
#define PITCH DX  // bytes from pair to pair, of weights

// TWICE puts 8 dwords into both lanes of their pairs.
#define TWICE(address, z) \
	VPMOVZXDQ address, z \
	VMOVSLDUP z, z

// What Go's assembler does not have: VCVTNEPS2BF16 Z0, Y1 and VDPBF16PS Y18, Y1, Y3.
#define ROUND BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72; BYTE $0xc8
#define ADD BYTE $0x62; BYTE $0xb2; BYTE $0x76; BYTE $0x28; BYTE $0x52; BYTE $0xda

// 2^f for |f| <= 1/2: 1 + f (c1 + f (c2 + f (c3 + f c4))), within 2^-18.4 of it, for weights
// that are rounded to 2^-8 afterwards. Exponents are not below -200, whose power is 0.
DATA power<>+0(SB)/4, $0x3f317096  // c1
DATA power<>+4(SB)/4, $0x3e7601bc
DATA power<>+8(SB)/4, $0x3d64fe2e
DATA power<>+12(SB)/4, $0x3c1d0169
DATA power<>+16(SB)/4, $0xc3480000 // -200
GLOBL power<>(SB), RODATA|NOPTR, $20

// POWER replaces x by its power of two where K1 says so, by 0 elsewhere. The clamp keeps x as
// second source, which is what it returns when it is NaN.
#define POWER(x, n, p) \
	VMAXPS x, Z13, x          \
	VRNDSCALEPS $0, x, n      \
	VSUBPS n, x, x            \
	VMOVAPS Z12, p            \
	VFMADD213PS Z11, x, p     \
	VFMADD213PS Z10, x, p     \
	VFMADD213PS Z9, x, p      \
	VFMADD213PS Z22, x, p     \
	VSCALEFPS.Z n, p, K1, x

DATA firstRows<>+0(SB)/8, $0x0000000100000000
GLOBL firstRows<>(SB), RODATA|NOPTR, $8
DATA pairStep<>+0(SB)/8, $0x3f803f8000000002 // 2, and two ones of bf16
GLOBL pairStep<>(SB), RODATA|NOPTR, $8

// func runningPairsAVX512BF16(p []uint16, s []float32, seen []int32, top, sum, scale []float32, pitch, n int)
TEXT ·runningPairsAVX512BF16(SB), NOSPLIT, $0-160
	MOVQ p_base+0(FP), P
	MOVQ s_base+24(FP), S
	MOVQ seen_base+48(FP), SEEN
	MOVQ top_base+72(FP), TOP
	MOVQ top_len+80(FP), G
	MOVQ sum_base+96(FP), SUM
	MOVQ scale_base+120(FP), SCALE
	MOVQ pitch+144(FP), PITCH
	SHLQ $2, PITCH
	MOVQ n+152(FP), N
	SHRQ $1, N
	LOAD_EXP_AVX512
	VBROADCASTSS power<>+0(SB), Z9
	VBROADCASTSS power<>+4(SB), Z10
	VBROADCASTSS power<>+8(SB), Z11
	VBROADCASTSS power<>+12(SB), Z12
	VBROADCASTSS power<>+16(SB), Z13
	VPBROADCASTQ firstRows<>(SB), Z16
	VPBROADCASTD pairStep<>+0(SB), Z17
	VPBROADCASTD pairStep<>+4(SB), Y18

softmaxes:
	TWICE((SEEN), Z5)
	TWICE((TOP), Z4)
	VMOVAPS Z4, Z0
	VMOVDQA64 Z16, Z7 // rows of the lanes
	MOVQ S, I
	MOVQ N, ROWS

largest:
	VPCMPGTD Z7, Z5, K1
	VMOVUPS (I), Z1
	VMAXPS Z0, Z1, K1, Z0 // where Z1 is NaN the second source, Z0, stays
	VPADDD Z17, Z7, Z7
	LEAQ (I)(PITCH*2), I
	DECQ ROWS
	JNZ  largest
	VPERMILPS $0xb1, Z0, Z1
	VMAXPS Z1, Z0, Z6
	VSUBPS Z6, Z4, Z2
	EXP_AVX512(Z2, Z0, Z1, Z3)
	VPMOVQD Z2, Y2
	VPMOVQD Z6, Y1
	VMOVUPS Y2, (SCALE)
	VMOVUPS Y1, (TOP)

	VMULPS Z31, Z6, Z6 // 1/ln 2
	VPXOR Y3, Y3, Y3
	VMOVDQA64 Z16, Z7
	MOVQ S, I
	MOVQ P, W
	MOVQ N, ROWS

weights:
	VPCMPGTD Z7, Z5, K1
	VMOVUPS (I), Z0
	VFMSUB213PS Z6, Z31, Z0
	POWER(Z0, Z1, Z8)
	ROUND
	VMOVDQU Y1, (W)
	ADD
	VPADDD Z17, Z7, Z7
	LEAQ (I)(PITCH*2), I
	ADDQ PITCH, W
	DECQ ROWS
	JNZ  weights
	VMULPS (SUM), Y2, Y2
	VADDPS Y2, Y3, Y3
	VMOVUPS Y3, (SUM)

	ADDQ $64, S
	ADDQ $32, P
	ADDQ $32, SEEN
	ADDQ $32, TOP
	ADDQ $32, SUM
	ADDQ $32, SCALE
	SUBQ $8, G
	JGT  softmaxes
	VZEROUPPER
	RET
