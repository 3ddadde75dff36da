//go:build !purego

#include "textflag.h"

// Indices of scores above a bar: 16 scores are 64 bytes read and two comparisons;
// those that pass are stored one by one.

#define IDS DI
#define SCORES SI
#define LEFT CX   // scores left
#define ROOM DX   // places left
#define FOUND R8
#define MASK AX
#define INDEX R9  // of the next score
#define BIT R10

// func collectAVX2(ids []int32, scores []float32, first int32, bar float32) (used, found int)
TEXT ·collectAVX2(SB), NOSPLIT, $0-72
	MOVQ ids_base+0(FP), IDS
	MOVQ ids_len+8(FP), ROOM
	MOVQ scores_base+24(FP), SCORES
	MOVQ scores_len+32(FP), LEFT
	MOVL first+48(FP), INDEX
	VBROADCASTSS bar+52(FP), Y2
	XORQ FOUND, FOUND

step:
	CMPQ ROOM, $16
	JLT  done
	VMOVUPS (SCORES), Y0
	VMOVUPS 32(SCORES), Y1
	VCMPPS $0x1e, Y2, Y0, Y0 // greater, false for NaN
	VCMPPS $0x1e, Y2, Y1, Y1
	VMOVMSKPS Y0, MASK
	VMOVMSKPS Y1, BIT
	SHLL $8, BIT
	ORL  BIT, MASK
	JZ   next

one:
	BSFL MASK, BIT
	ADDL INDEX, BIT
	MOVL BIT, (IDS)
	ADDQ $4, IDS
	INCQ FOUND
	DECQ ROOM
	LEAL -1(MASK), BIT
	ANDL BIT, MASK
	JNZ  one

next:
	ADDL $16, INDEX
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
