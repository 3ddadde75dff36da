//go:build !purego

#include "textflag.h"

DATA lanes<>+0(SB)/8, $0x0000000100000000
DATA lanes<>+8(SB)/8, $0x0000000300000002
DATA lanes<>+16(SB)/8, $0x0000000500000004
DATA lanes<>+24(SB)/8, $0x0000000700000006
DATA lanes<>+32(SB)/8, $0x0000000900000008
DATA lanes<>+40(SB)/8, $0x0000000b0000000a
DATA lanes<>+48(SB)/8, $0x0000000d0000000c
DATA lanes<>+56(SB)/8, $0x0000000f0000000e
GLOBL lanes<>(SB), RODATA|NOPTR, $64

// Indices of scores above a bar: 16 scores are 64 bytes read, one comparison and,
// where any passes, one compressed store.

#define IDS DI
#define SCORES SI
#define LEFT CX   // scores left
#define ROOM DX   // places left
#define FOUND R8
#define MASK AX

// func collectAVX512(ids []int32, scores []float32, first int32, bar float32) (used, found int)
TEXT ·collectAVX512(SB), NOSPLIT, $0-72
	MOVQ ids_base+0(FP), IDS
	MOVQ ids_len+8(FP), ROOM
	MOVQ scores_base+24(FP), SCORES
	MOVQ scores_len+32(FP), LEFT
	MOVL first+48(FP), AX
	VPBROADCASTD AX, Z1
	VPADDD lanes<>(SB), Z1, Z1
	VBROADCASTSS bar+52(FP), Z2
	MOVL $16, AX
	VPBROADCASTD AX, Z3
	XORQ FOUND, FOUND

step:
	CMPQ ROOM, $16
	JLT  done
	VMOVUPS (SCORES), Z0
	VCMPPS $0x1e, Z2, Z0, K1 // greater, false for NaN
	KMOVW K1, MASK
	TESTL MASK, MASK
	JZ   next
	VPCOMPRESSD Z1, K1, Z4
	VMOVDQU32 Z4, (IDS)
	POPCNTL MASK, MASK
	ADDQ MASK, FOUND
	SUBQ MASK, ROOM
	LEAQ (IDS)(MASK*4), IDS

next:
	VPADDD Z3, Z1, Z1
	ADDQ $64, SCORES
	SUBQ $16, LEFT
	JNZ  step

done:
	MOVQ scores_len+32(FP), AX
	SUBQ LEFT, AX
	MOVQ AX, used+56(FP)
	MOVQ FOUND, found+64(FP)
	VZEROUPPER
	RET
