//go:build !purego

// Attention of a single query to BF16 rows, tile by tile of 32 rows:
//
//	scores   two halves of 16 rows, whose sums over elements are 16 accumulators, added up
//	         across lanes all at once: 15 times two shuffles and a sum make the register of
//	         scores
//	weights  two registers, rounded to one of pairs
//	values   32 columns at a time, of even and odd pairs of rows
//
// Of 512 bytes that is 8 loads, 8 multiply-adds and 6 shuffles: several times as fast as
// memory, which is asked for as in pairfew.

#include "pairone_avx512bf16_amd64.h"

// func pairOneAVX512BF16(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, heads, n int, nextK, nextV []byte)
TEXT ·pairOneAVX512BF16(SB), NOSPLIT, $8-240
	LOAD_INTERLEAVE(TMP)
	MOVQ scratch_base+144(FP), S
	MOVQ q_base+24(FP), Q
	MOVQ dim+168(FP), I

query: // one behind the other
	MOVQ (Q), TMP
	MOVQ TMP, 64(S)
	ADDQ $64, Q
	ADDQ $8, S
	SUBQ $4, I
	JNZ  query
	VPXOR Y0, Y0, Y0
	VMOVDQU Y0, 64(S)
	MOVQ scratch_base+144(FP), S
	MOVQ dim+168(FP), ROW
	ADDQ ROW, ROW
	LEAQ (ROW)(ROW*2), ROW3
	MOVQ v_base+72(FP), V
	MOVQ n+184(FP), N
	MOVQ top_base+96(FP), TMP
	VBROADCASTSS (TMP), Z28
	MOVQ sum_base+120(FP), TMP
	VMOVSS (TMP), X29
	MOVQ V, HALF
	SUBQ k_base+48(FP), HALF
	MOVL $64, STEP

tile:
	MOVQ ROW, NEXT
	SHLQ $5, NEXT
	ADDQ k_base+48(FP), NEXT
	CMPQ N, $32
	JGT  scores
	LAST

scores:
	MOVQ $2, half-8(SP)

rows:
	MOVQ k_base+48(FP), R0
	LEAQ (R0)(ROW*4), R4
	LEAQ (R0)(ROW*8), R8_
	LEAQ (R4)(ROW*8), R12_
	MOVQ dim+168(FP), I
	KXNORD K4, K4, K4
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CLEAR4(Z12, Z13, Z14, Z15)

elements:
	CMPQ I, $32
	JGE  whole
	KSHIFTRD $16, K4, K4

whole:
	VMOVDQU64 64(S), Z16
	ROWS4(R0, 0, 1, 2, 3)
	ROWS4(R4, 4, 5, 6, 7)
	ROWS4(R8_, 8, 9, 10, 11)
	ROWS4(R12_, 12, 13, 14, 15)
	ADDQ $64, S
	ADDQ $64, R0
	ADDQ $64, R4
	ADDQ $64, R8_
	ADDQ $64, R12_
	SUBQ $32, I
	JGT  elements

	FOLD(VUNPCKLPS, VUNPCKHPS, Z0, Z1)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z2, Z3)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z4, Z5)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z6, Z7)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z8, Z9)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z10, Z11)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z12, Z13)
	FOLD(VUNPCKLPS, VUNPCKHPS, Z14, Z15)
	FOLD(VUNPCKLPD, VUNPCKHPD, Z0, Z2)
	FOLD(VUNPCKLPD, VUNPCKHPD, Z4, Z6)
	FOLD(VUNPCKLPD, VUNPCKHPD, Z8, Z10)
	FOLD(VUNPCKLPD, VUNPCKHPD, Z12, Z14)
	FOLDS(Z0, Z4)
	FOLDS(Z8, Z12)
	FOLDS(Z0, Z8)
	VMOVAPS Z18, Z19
	VMOVAPS Z0, Z18
	MOVQ scratch_base+144(FP), S
	MOVQ ROW, TMP
	SHLQ $4, TMP
	ADDQ TMP, k_base+48(FP)
	DECQ half-8(SP)
	JNZ  rows

	LOAD_POWER
	VPBROADCASTD N, Z14
	VPMOVZXBD lanes<>(SB), Z10
	VPBROADCASTD power<>+44(SB), Z11
	VPBROADCASTD power<>+32(SB), Z12
	VPSLLD $4, Z11, Z11
	VPADDD Z10, Z11, Z11
	VPCMPGTD Z10, Z14, K4
	VPCMPGTD Z11, Z14, K5
	VMOVAPS Z28, Z6
	VMAXPS Z6, Z19, K4, Z6 // where Z19 is NaN the second source, Z6, stays
	VMAXPS Z6, Z18, K5, Z6
	VSUBPS Z28, Z6, Z1
	VBROADCASTSS power<>+36(SB), Z13
	VCMPPS $0x1e, Z13, Z1, K1 // more than that
	KORTESTW K1, K1
	JZ   weigh

	VSHUFF32X4 $0x4e, Z6, Z6, Z1
	VMAXPS Z1, Z6, Z6
	VSHUFF32X4 $0xb1, Z6, Z6, Z1
	VMAXPS Z1, Z6, Z6
	VPERMILPS $0x4e, Z6, Z1
	VMAXPS Z1, Z6, Z6
	VPERMILPS $0xb1, Z6, Z1
	VMAXPS Z1, Z6, Z6
	VSUBPS Z6, Z28, Z0
	VMOVAPS Z6, Z28
	VMULPS Z26, Z0, Z0
	KXNORW K1, K1, K1
	POWER(Z0, Z1, Z8)
	VMULPS Z0, Z29, Z29
	MOVQ out_base+0(FP), O
	MOVQ dim+168(FP), I

scale:
	VMULPS (O), Z0, Z1
	VMOVUPS Z1, (O)
	ADDQ $64, O
	SUBQ $16, I
	JNZ  scale

weigh:
	VMULPS Z26, Z28, Z6
	VMOVAPS Z19, Z0
	VMOVAPS Z18, Z1
	VFMSUB213PS Z6, Z26, Z0
	VFMSUB213PS Z6, Z26, Z1
	KMOVW K4, K1
	POWER(Z0, Z2, Z8)
	KMOVW K5, K1
	POWER(Z1, Z2, Z8)
	ROUND2
	VDPBF16PS(0, 12, 29)
	VMOVDQU64 Z0, (S)
	WEIGHTS4(0, Z0, Z1, Z2, Z3)
	WEIGHTS4(16, Z4, Z5, Z6, Z7)
	WEIGHTS4(32, Z8, Z9, Z10, Z11)
	WEIGHTS4(48, Z12, Z13, Z14, Z15)

	MOVQ out_base+0(FP), O
	MOVQ dim+168(FP), I
	KXNORD K4, K4, K4 // of columns of a row
	KXNORW K2, K2, K2 // of the second 16

strip:
	CMPQ I, $32
	JGE  values
	KSHIFTRD $16, K4, K4
	KXORW K2, K2, K2

values:
	GET((O), Z16, Z17)
	VPXORD Z18, Z18, Z18
	VPXORD Z19, Z19, Z19
	MOVQ V, VR
	VALUES4(0, 1)
	VALUES4(2, 3)
	VALUES4(4, 5)
	VALUES4(6, 7)
	VALUES4(8, 9)
	VALUES4(10, 11)
	VALUES4(12, 13)
	VALUES4(14, 15)
	VADDPS Z18, Z16, Z16
	VADDPS Z19, Z17, Z17
	PUT((O), Z16, Z17)
	ADDQ $128, O
	ADDQ $64, V
	SUBQ $32, I
	JGT  strip

	MOVQ ROW, TMP
	SHLQ $5, TMP
	MOVQ v_base+72(FP), V
	ADDQ TMP, V
	MOVQ V, v_base+72(FP)
	SUBQ $32, N
	JGT  tile

	MOVQ top_base+96(FP), TMP
	VMOVSS X28, (TMP)
	VEXTRACTF64X4 $1, Z29, Y0
	VADDPS Y29, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VPERMILPS $0x4e, X0, X1
	VADDPS X1, X0, X0
	VPERMILPS $0xb1, X0, X1
	VADDPS X1, X0, X0
	MOVQ sum_base+120(FP), TMP
	VMOVSS X0, (TMP)
	VZEROUPPER
	RET
