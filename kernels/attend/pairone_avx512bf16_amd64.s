//go:build !purego

// Attention of a single query to BF16 rows, tile by tile of 32 rows, 128 elements of a row
// at a time:
//
//	scores   two halves of 16 rows, whose sums over elements are 16 accumulators, added up
//	         across lanes all at once: 15 times two shuffles and a sum make the register of
//	         scores
//	weights  two registers, rounded to one of pairs
//	values   128 columns, of a pair of rows after the other
//
// Of 512 bytes that is 8 loads, 8 multiply-adds and 6 shuffles: several times as fast as
// memory. So rows are read in the order of their addresses, which hardware prefetchers follow: 64
// bytes of each of many rows, and then the next 64, would have to be asked for. A Zen 4 reads most,
// 33 GB/s a core, where nothing else is asked for, a Zen 5 where rows are some kilobytes ahead: 39
// instead of 17. Tune finds out.

#include "pairone_avx512bf16_amd64.h"

// func pairOneAVX512BF16(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, heads, n int, nextK, nextV []byte)
TEXT ·pairOneAVX512BF16(SB), NOSPLIT, $8-240
	VPMOVZXBQ lower<>(SB), Z30
	VPMOVZXBQ upper<>(SB), Z31
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
	VPXORD Z0, Z0, Z0 // behind it is nothing
	VMOVDQU64 Z0, 64(S)
	VMOVDQU64 Z0, 128(S)
	VMOVDQU64 Z0, 192(S)
	VMOVDQU64 Z0, 256(S)
	MOVQ scratch_base+144(FP), S
	MOVQ dim+168(FP), ROW
	ADDQ ROW, ROW
	MOVQ v_base+72(FP), V
	MOVQ n+184(FP), N
	MOVQ top_base+96(FP), TMP
	VBROADCASTSS (TMP), Z28
	MOVQ sum_base+120(FP), TMP
	VMOVSS (TMP), X29
	MOVQ ·oneAhead(SB), AHEAD

tile:
	MOVQ $2, half-8(SP)

rows:
	MOVQ k_base+48(FP), FIRST
	MOVQ dim+168(FP), I
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)
	CLEAR4(Z12, Z13, Z14, Z15)

elements:
	LINES(whole, masked)
	VMOVDQU64 64(S), Z20
	VMOVDQU64 128(S), Z21
	VMOVDQU64 192(S), Z22
	VMOVDQU64 256(S), Z23
	MOVQ FIRST, R0
	SCORE(0)
	SCORE(1)
	SCORE(2)
	SCORE(3)
	SCORE(4)
	SCORE(5)
	SCORE(6)
	SCORE(7)
	SCORE(8)
	SCORE(9)
	SCORE(10)
	SCORE(11)
	SCORE(12)
	SCORE(13)
	SCORE(14)
	SCORE(15)
	ADDQ $256, S
	ADDQ $256, FIRST
	SUBQ $128, I
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
	VPCMPGTD Z10, Z14, K2
	VPCMPGTD Z11, Z14, K3
	VMOVAPS Z28, Z6
	VMAXPS Z6, Z19, K2, Z6 // where Z19 is NaN the second source, Z6, stays
	VMAXPS Z6, Z18, K3, Z6
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
	KMOVW K2, K1
	POWER(Z0, Z2, Z8)
	KMOVW K3, K1
	POWER(Z1, Z2, Z8)
	ROUND2
	VDPBF16PS(0, 12, 29)
	VMOVDQU64 Z0, (S)

	MOVQ out_base+0(FP), O
	MOVQ dim+168(FP), I

strip:
	LINES(wholes, maskeds)
	MOVQ V, VR
	MOVQ S, P
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	MOVQ $16, TMP

pair:
	LEAQ (VR)(AHEAD*1), VALUES_AHEAD
	FETCH_ROW(VR, AHEAD)
	FETCH_ROW(VALUES_AHEAD, ROW)
	VPBROADCASTD (P), Z20
	VMOVDQU16.Z (VR), K4, Z8
	VMOVDQU16.Z 64(VR), K5, Z9
	VMOVDQU16.Z 128(VR), K6, Z10
	VMOVDQU16.Z 192(VR), K7, Z11
	VMOVDQU16.Z (VR)(ROW*1), K4, Z12
	VMOVDQU16.Z 64(VR)(ROW*1), K5, Z13
	VMOVDQU16.Z 128(VR)(ROW*1), K6, Z14
	VMOVDQU16.Z 192(VR)(ROW*1), K7, Z15
	VALUES(Z8, Z12, 0, 1)
	VALUES(Z9, Z13, 2, 3)
	VALUES(Z10, Z14, 4, 5)
	VALUES(Z11, Z15, 6, 7)
	LEAQ (VR)(ROW*2), VR
	ADDQ $4, P
	DECQ TMP
	JNZ  pair

	SUMS(0, Z0, Z1, summed)
	SUMS(128, Z2, Z3, summed)
	SUMS(256, Z4, Z5, summed)
	SUMS(384, Z6, Z7, summed)

summed:
	ADDQ $512, O
	ADDQ $256, V
	SUBQ $128, I
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
