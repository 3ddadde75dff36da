//go:build !purego

// Attention of 8 queries to BF16 rows, tile by tile of fewRows:
//
//	scores   two halves of 12 rows x 8 queries in 12 accumulators, as in pairscores
//	weights  12 registers of 8 queries x 2 rows
//	values   32 columns x 8 queries in 16 accumulators, as in pairmix, over all rows
//
// Of 512 bytes, of a key and its value, that is 32 multiply-adds of scores and 32 of values:
// bound by the multiply-adds and loads, of which there are as many: some 45 GB/s of a core that
// does two a cycle. Memory gives less if it is never left idle. So scores and values each ask for
// half of the next tile, of keys and values side by side, line by line as far as it goes and no
// further: a Zen 4, which finds a quarter of that by itself, reads 1 % less when a tenth is asked for
// twice, and 5 % less when a tile has 48 rows. The last tile asks for the first of the rows the
// caller goes on with. A tile takes 12 KiB of the first-level cache at 128 elements.

#include "go_asm.h"
#include "pairfew_avx512bf16_amd64.h"

// func pairFewAVX512BF16(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, heads, n int, nextK, nextV []byte)
TEXT ·pairFewAVX512BF16(SB), NOSPLIT, $8-240
	MOVL $0xaaaa, TMP
	KMOVW TMP, K3
	LOAD_POWER
	LOAD_INTERLEAVE(TMP)
	MOVQ dim+168(FP), ROW
	ADDQ ROW, ROW
	MOVQ k_base+48(FP), R0
	MOVQ v_base+72(FP), V
	MOVQ n+184(FP), N
	MOVQ scratch_base+144(FP), S
	MOVQ top_base+96(FP), TMP
	VPMOVZXDQ (TMP), Z28
	VMOVSLDUP Z28, Z28
	MOVQ sum_base+120(FP), TMP
	VMOVUPS (TMP), Y29
	MOVQ V, HALF
	SUBQ R0, HALF
	MOVQ $(const_fewRows/2), pairs-8(SP) // of rows of the tile
	MOVL $64, STEP

tile:
	IMUL3Q $const_fewRows, ROW, NEXT
	ADDQ R0, NEXT
	CMPQ N, $const_fewRows
	JGT  rows
	LAST
	LEAQ 1(N), TMP
	SHRQ $1, TMP
	MOVQ TMP, pairs-8(SP)

rows:
	TILE_ROWS
	MOVQ q_base+24(FP), Q
	MOVQ dim+168(FP), I
	CLEAR4(Z0, Z1, Z2, Z3)
	CLEAR4(Z4, Z5, Z6, Z7)
	CLEAR4(Z8, Z9, Z10, Z11)

elements:
	STEP4(0)
	FETCH(STEP)
	STEP4(8)
	FETCH(STEP)
	STEP4(16)
	FETCH(STEP)
	STEP4(24)
	ADDQ $256, Q
	ADDQ $32, R0
	ADDQ $32, R3
	ADDQ $32, R6
	ADDQ $32, R9_
	SUBQ $16, I
	JNZ  elements

	SUM2(Z0, Z1, (S))
	SUM2(Z2, Z3, 64(S))
	SUM2(Z4, Z5, 128(S))
	SUM2(Z6, Z7, 192(S))
	SUM2(Z8, Z9, 256(S))
	SUM2(Z10, Z11, 320(S))
	LEAQ (R9_)(ROW*2), R0
	ADDQ $384, S
	MOVQ pairs-8(SP), I
	SHLQ $6, I
	ADDQ scratch_base+144(FP), I
	CMPQ S, I
	JLT  rows

	MOVQ R0, k_base+48(FP)
	MOVQ scratch_base+144(FP), S
	VPBROADCASTD N, Z14
	VPBROADCASTQ power<>+40(SB), Z10
	VPBROADCASTD power<>+28(SB), Z11
	VPBROADCASTD power<>+32(SB), Y12
	VBROADCASTSS power<>+36(SB), Z13
	VMOVDQA64 Z10, Z15
	VMOVAPS Z28, Z6
	MOVQ pairs-8(SP), I

largest:
	VPCMPGTD Z15, Z14, K1
	VMOVUPS (S), Z1
	VMAXPS Z6, Z1, K1, Z6 // where Z1 is NaN the second source, Z6, stays
	VPADDD Z11, Z15, Z15
	ADDQ $64, S
	DECQ I
	JNZ  largest
	MOVQ scratch_base+144(FP), S
	VPERMILPS $0xb1, Z6, Z1
	VMAXPS Z1, Z6, Z6
	VSUBPS Z28, Z6, Z1
	VCMPPS $0x1e, Z13, Z1, K1 // more than that
	KORTESTW K1, K1
	JZ   weigh

	VSUBPS Z6, Z28, Z0
	VMOVAPS Z6, K1, Z28
	VMULPS Z26, Z0, Z0
	VMOVAPS Z27, Z2
	POWER(Z0, Z1, Z8)
	VMOVAPS Z0, K1, Z2
	VMOVUPS Z2, (32*const_fewRows)(S)
	VPMOVQD Z2, Y1
	VMULPS Y1, Y29, Y29
	MOVQ out_base+0(FP), O
	XORL TMP, TMP

scale:
	VBROADCASTSS (32*const_fewRows)(S)(TMP*8), Z0
	MOVQ dim+168(FP), I

scales:
	VMULPS (O), Z0, Z1
	VMOVUPS Z1, (O)
	ADDQ $64, O
	SUBQ $16, I
	JNZ  scales
	INCQ TMP
	CMPQ TMP, $8
	JNE  scale

weigh:
	VMULPS Z26, Z28, Z6
	MOVQ pairs-8(SP), I
	LEAQ (32*const_fewRows)(S), P

weights:
	VPCMPGTD Z10, Z14, K1
	VMOVUPS (S), Z0
	VFMSUB213PS Z6, Z26, Z0
	POWER(Z0, Z1, Z8)
	ROUND
	VMOVDQU Y1, (P)
	ADD_WEIGHTS
	VPADDD Z11, Z10, Z10
	ADDQ $64, S
	ADDQ $32, P
	DECQ I
	JNZ  weights

	MOVQ scratch_base+144(FP), S
	MOVQ V, v_base+72(FP)
	MOVQ out_base+0(FP), O
	MOVQ dim+168(FP), I
	LEAQ (ROW)(ROW*1), OUT_BYTES
	KXNORD K1, K1, K1 // of columns of a row
	KXNORW K2, K2, K2 // of the second 16

strip:
	CMPQ I, $32
	JGE  whole
	KSHIFTRD $16, K1, K1
	KXORW K2, K2, K2

whole:
	LEAQ (OUT_BYTES)(OUT_BYTES*2), TMP
	LEAQ (O)(OUT_BYTES*4), O4
	GETS(O, O4, OUT_BYTES, TMP)
	MOVQ V, VR
	LEAQ (32*const_fewRows)(S), P
	MOVQ pairs-8(SP), TMP

row:
	INTERLEAVE(VR, ROW, STEP)
	ADDS(P)
	LEAQ (VR)(ROW*2), VR
	ADDQ $32, P
	DECQ TMP
	JNZ  row

	LEAQ (OUT_BYTES)(OUT_BYTES*2), TMP
	PUTS(O, O4, OUT_BYTES, TMP)
	ADDQ $128, O
	ADDQ $64, V
	SUBQ $32, I
	JGT  strip

	MOVQ k_base+48(FP), R0
	IMUL3Q $const_fewRows, ROW, V
	ADDQ v_base+72(FP), V
	SUBQ $const_fewRows, N
	JGT  tile
	MOVQ top_base+96(FP), TMP
	VPMOVQD Z28, Y0
	VMOVUPS Y0, (TMP)
	MOVQ sum_base+120(FP), TMP
	VMOVUPS Y29, (TMP)
	VZEROUPPER
	RET
