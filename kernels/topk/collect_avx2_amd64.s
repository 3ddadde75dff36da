//go:build !purego

#include "textflag.h"

// Indices of scores above a bar: 16 scores are 64 bytes read and two comparisons. Where
// hits are few, no branch can tell where they are, and each that is taken wrongly costs
// more than 16 scores. So every step writes down its mask and index, the next one over it
// unless there are hits, and what is left of 1024 scores is stored one by one.

#define IDS DI
#define SCORES SI
#define LEFT CX   // scores left
#define ROOM DX   // places left
#define MASK AX
#define INDEX R9  // of the next score
#define BIT R10
#define STEPS R8  // of this chunk, 16 scores each
#define LAST R11  // note of hits: mask and index
#define NOTE R12
#define NEXT R13

// func collectAVX2(ids []int32, scores []float32, first int32, bar float32) (used, found int)
TEXT ·collectAVX2(SB), NOSPLIT, $512-72
	MOVQ ids_base+0(FP), IDS
	MOVQ ids_len+8(FP), ROOM
	MOVQ scores_base+24(FP), SCORES
	MOVQ scores_len+32(FP), LEFT
	MOVL first+48(FP), INDEX
	VBROADCASTSS bar+52(FP), Y2
	CMPQ ROOM, $16
	JLT  done

chunk:
	MOVQ LEFT, STEPS
	MOVQ $1024, NEXT
	CMPQ STEPS, NEXT
	CMOVQGT NEXT, STEPS
	SUBQ STEPS, LEFT
	MOVQ SP, LAST

step:
	VMOVUPS (SCORES), Y0
	VMOVUPS 32(SCORES), Y1
	VCMPPS $0x1e, Y2, Y0, Y0 // greater, false for NaN
	VCMPPS $0x1e, Y2, Y1, Y1
	VMOVMSKPS Y0, MASK
	VMOVMSKPS Y1, BIT
	SHLL $8, BIT
	MOVL INDEX, 4(LAST)
	LEAQ 8(LAST), NEXT
	ORL  BIT, MASK
	MOVL MASK, (LAST)
	CMOVQNE NEXT, LAST
	ADDL $16, INDEX
	ADDQ $64, SCORES
	SUBQ $16, STEPS
	JNZ  step

	MOVQ SP, NOTE

note:
	CMPQ NOTE, LAST
	JEQ  stored
	MOVL (NOTE), MASK
	MOVL 4(NOTE), STEPS

one:
	BSFL MASK, BIT
	ADDL STEPS, BIT
	MOVL BIT, (IDS)
	ADDQ $4, IDS
	DECQ ROOM
	LEAL -1(MASK), BIT
	ANDL BIT, MASK
	JNZ  one
	ADDQ $8, NOTE
	CMPQ ROOM, $16
	JGE  note
	LEAL 16(STEPS), INDEX // what follows is for another call
	JMP  done

stored:
	TESTQ LEFT, LEFT
	JNZ  chunk

done:
	SUBL first+48(FP), INDEX
	MOVQ INDEX, used+56(FP)
	SUBQ ids_base+0(FP), IDS
	SHRQ $2, IDS
	MOVQ IDS, found+64(FP)
	VZEROUPPER
	RET
