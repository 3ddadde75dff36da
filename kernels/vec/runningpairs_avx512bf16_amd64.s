//go:build !purego

#include "textflag.h"
#include "exp_avx512_amd64.h"

// A step of running softmaxes, 16 of them in two registers, each with two scores: see
// RunningPairsFunc. Largest scores and sums need no sums across lanes, except of two. Of 8 that
// are left over the second register has the same scores, and what becomes of them is masked.
// Scores that weigh nothing are hidden first, if there are any: they become -Inf.
// Bound by the arithmetic of powers.

#define S DI      // scores of the 16
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
#define NEXT R14  // bytes to the scores of the second 8, 64 or 0
#define HALF R15  // and to what there is one of for each: half of that

// TWICE puts 8 dwords into both lanes of their pairs.
#define TWICE(address, z) \
	VPMOVZXDQ address, z \
	VMOVSLDUP z, z

// What Go's assembler does not have: Z0 = VCVTNE2PS2BF16 of Z1, its upper half, and Z0; and
// VDPBF16PS Z0, Z18, Z3.
#define ROUND2 BYTE $0x62; BYTE $0xf2; BYTE $0x77; BYTE $0x48; BYTE $0x72; BYTE $0xc0
#define ADD BYTE $0x62; BYTE $0xf2; BYTE $0x6e; BYTE $0x40; BYTE $0x52; BYTE $0xd8

// 2^f for 0 <= f <= 1: 1 + f (c1 + f (c2 + f (c3 + f c4))), within 2^-18.3 of it, for weights
// that are rounded to 2^-8 afterwards.
DATA power<>+0(SB)/4, $0x3f316b63  // c1
DATA power<>+4(SB)/4, $0x3e771228
DATA power<>+8(SB)/4, $0x3d55fc34
DATA power<>+12(SB)/4, $0x3c5bfb98
DATA power<>+16(SB)/4, $0xfe800000 // -2^126
GLOBL power<>(SB), RODATA|NOPTR, $20

// POWER replaces x by its power of two. What VREDUCEPS leaves of x above the integer below is 0
// of -Inf, and VSCALEFPS takes that integer of x.
#define POWER(x, f, p) \
	VREDUCEPS $1, x, f    \
	VMOVAPS Z12, p        \
	VFMADD213PS Z11, f, p \
	VFMADD213PS Z10, f, p \
	VFMADD213PS Z9, f, p  \
	VFMADD213PS Z22, f, p \
	VSCALEFPS x, p, x

// HIDE makes -Inf of scores of rows that are not seen.
#define HIDE(rows, seen, address) \
	VPCMPD $5, seen, rows, K2 \
	VMOVUPS Z14, K2, address

// LARGER puts what is larger there into top. Where it is NaN the second source, top, stays.
#define LARGER(address, s, top) \
	VMOVUPS address, s \
	VMAXPS top, s, top

DATA pairRows<>+0(SB)/8, $0x0000000100000000 // of the lanes
DATA pairRows<>+8(SB)/4, $2
DATA pairRows<>+12(SB)/4, $0x3f803f80        // two ones of bf16
DATA pairRows<>+16(SB)/4, $0xff800000        // -Inf
GLOBL pairRows<>(SB), RODATA|NOPTR, $20

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
	VPBROADCASTD N, Z19
	SHRQ $1, N
	LOAD_EXP_AVX512
	VBROADCASTSS power<>+0(SB), Z9
	VBROADCASTSS power<>+4(SB), Z10
	VBROADCASTSS power<>+8(SB), Z11
	VBROADCASTSS power<>+12(SB), Z12
	VBROADCASTSS power<>+16(SB), Z13
	VBROADCASTSS pairRows<>+16(SB), Z14
	VPBROADCASTQ pairRows<>+0(SB), Z16
	VPBROADCASTD pairRows<>+8(SB), Z17
	VPBROADCASTD pairRows<>+12(SB), Z18
	KXNORW K1, K1, K1
	MOVQ $64, NEXT

softmaxes:
	CMPQ G, $16
	JGE  two
	KSHIFTRW $8, K1, K1
	XORL NEXT, NEXT

two:
	MOVQ NEXT, HALF
	SHRQ $1, HALF
	MOVQ S, I
	MOVQ N, ROWS
	VMOVDQU32.Z (SEEN), K1, Z0
	VPCMPGTD Z0, Z19, K1, K2
	KORTESTW K2, K2
	JEQ  seen
	TWICE((SEEN), Z4)
	TWICE((SEEN)(HALF*1), Z5)
	VMOVDQA64 Z16, Z7

hide:
	HIDE(Z7, Z4, (I))
	HIDE(Z7, Z5, (I)(NEXT*1))
	VPADDD Z17, Z7, Z7
	LEAQ (I)(PITCH*2), I
	DECQ ROWS
	JNZ  hide
	MOVQ S, I
	MOVQ N, ROWS

seen:
	TWICE((TOP), Z0)
	TWICE((TOP)(HALF*1), Z1)
	VMOVAPS Z0, Z4
	VMOVAPS Z1, Z5

	MOVQ N, W // the second half of the pairs: of an odd number both have the middle one
	SHRQ $1, W
	SUBQ W, ROWS
	IMULQ PITCH, W
	LEAQ (S)(W*2), W

largest:
	LARGER((I), Z2, Z0)
	LARGER((I)(NEXT*1), Z3, Z1)
	LARGER((W), Z2, Z4)
	LARGER((W)(NEXT*1), Z3, Z5)
	LEAQ (I)(PITCH*2), I
	LEAQ (W)(PITCH*2), W
	DECQ ROWS
	JNZ  largest
	VMAXPS Z4, Z0, Z0
	VMAXPS Z5, Z1, Z1
	VPERMILPS $0xb1, Z0, Z2
	VPERMILPS $0xb1, Z1, Z3
	VMAXPS Z2, Z0, Z0
	VMAXPS Z3, Z1, Z1
	VMULPS Z31, Z0, Z6 // 1/ln 2
	VMULPS Z31, Z1, Z7
	VMAXPS Z6, Z13, Z6 // of those that have seen nothing, finite
	VMAXPS Z7, Z13, Z7
	VPMOVQD Z0, Y0
	VPMOVQD Z1, Y1
	VINSERTF64X4 $1, Y1, Z0, Z0
	VMOVUPS.Z (TOP), K1, Z2
	VMOVUPS Z0, K1, (TOP)
	VSUBPS Z0, Z2, Z15
	EXP_AVX512(Z15, Z0, Z1, Z2)
	VMOVUPS Z15, K1, (SCALE)

	VPXORD Z3, Z3, Z3
	MOVQ S, I
	MOVQ P, W
	MOVQ N, ROWS

weights:
	VMOVUPS (I), Z0
	VMOVUPS (I)(NEXT*1), Z1
	VFMSUB213PS Z6, Z31, Z0
	VFMSUB213PS Z7, Z31, Z1
	POWER(Z0, Z2, Z4)
	POWER(Z1, Z5, Z8)
	ROUND2
	VMOVDQU32 Z0, K1, (W)
	ADD
	LEAQ (I)(PITCH*2), I
	ADDQ PITCH, W
	DECQ ROWS
	JNZ  weights
	VMOVUPS.Z (SUM), K1, Z0
	VFMADD231PS Z0, Z15, Z3
	VMOVUPS Z3, K1, (SUM)

	ADDQ $128, S
	ADDQ $64, P
	ADDQ $64, SEEN
	ADDQ $64, TOP
	ADDQ $64, SUM
	ADDQ $64, SCALE
	SUBQ $16, G
	JGT  softmaxes
	VZEROUPPER
	RET
