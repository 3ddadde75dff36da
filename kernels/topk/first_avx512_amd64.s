//go:build !purego

#include "textflag.h"

// The k <= 16 largest of many scores, as with AVX2 (first_avx2_amd64.s), with one register
// where that has two: for the largest of every 16th score, and for the list. Marks come from
// mask registers. What takes longest is the chain through the list: 10 cycles a score.

#define IDS DI
#define X SI
#define N CX
#define K DX
#define AT BX     // of N
#define NOTE R8   // the next one
#define END R9    // of this chunk, 1024 scores: 32 notes
#define LEFT R10  // marks that were noted
#define MARKS AX  // a note: 32 marks
#define FIRST R11 // and the index of the first
#define MARKS2 R9 // the note after it, read before it is known to be wanted
#define FIRST2 R14
#define NONE Z31  // all bits: -1, and NaN, which is not as large as any
#define LIST Z30
#define INDICES Z29
#define INF Z28

// LARGER adds 1 to ranks where number i on the stack exceeds Z0.
#define LARGER(i, k, ranks) \
	VCMPPS.BCST $0x11, ((i)*4)(SP), Z0, k \
	VPSUBD NONE, ranks, k, ranks

#define LARGER4(i) LARGER(i, K1, Z2); LARGER(i+1, K2, Z3); LARGER(i+2, K3, Z2); LARGER(i+3, K4, Z3)

// func firstAVX512(ids []int32, x []float32) (found int)
TEXT ·firstAVX512(SB), NOSPLIT, $280-56
	MOVQ ids_base+0(FP), IDS
	MOVQ ids_len+8(FP), K
	MOVQ x_base+24(FP), X
	MOVQ x_len+32(FP), N
	VPTERNLOGD $0xff, NONE, NONE, NONE
	MOVL $0xff800000, AX // -Inf
	VPBROADCASTD AX, Z0
	VMOVAPS Z0, Z1
	XORQ AT, AT

largest:
	VMOVUPS (X)(AT*4), Z2
	VMOVUPS 64(X)(AT*4), Z3
	VMAXPS Z0, Z2, Z0 // where Z2 is NaN the second source, Z0, stays
	VMAXPS Z1, Z3, Z1
	ADDQ $32, AT
	CMPQ AT, N
	JLT  largest

	VMAXPS Z1, Z0, Z0
	VMOVUPS Z0, (SP)
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	LARGER4(0)
	LARGER4(4)
	LARGER4(8)
	LARGER4(12)
	VPADDD Z3, Z2, Z2
	VPBROADCASTD K, Z1

bar: // what k - 1 exceed, or of equal ones fewer
	VPADDD NONE, Z1, Z1
	VPCMPEQD Z1, Z2, K1
	KMOVW K1, AX
	TESTL AX, AX
	JZ   bar
	TZCNTL AX, AX
	VBROADCASTSS (SP)(AX*4), Z5
	MOVL $0x7f800000, AX // Inf
	VPBROADCASTD AX, INF
	VMOVDQA64 NONE, LIST
	XORQ AT, AT

chunk:
	MOVQ SP, NOTE
	XORQ LEFT, LEFT
	LEAQ 1024(AT), END
	CMPQ END, N
	CMOVQGT N, END

note:
	VCMPPS $0x12, (X)(AT*4), Z5, K1 // at most, false for NaN
	VCMPPS $0x12, 64(X)(AT*4), Z5, K2
	KUNPCKWD K1, K2, K1
	KMOVD K1, MARKS
	MOVL MARKS, (NOTE)
	MOVL AT, 4(NOTE)
	LEAQ 8(NOTE), R12
	POPCNTL MARKS, R13
	CMOVQNE R12, NOTE
	ADDQ R13, LEFT
	ADDQ $32, AT
	CMPQ AT, END
	JLT  note

	MOVQ SP, NOTE
	TESTQ LEFT, LEFT
	JZ   placed
	MOVL (NOTE), MARKS
	MOVL 4(NOTE), FIRST
	ADDQ $8, NOTE
	MOVL (NOTE), MARKS2
	MOVL 4(NOTE), FIRST2

// What is as large stays, what follows it is new, the rest moves on. For scores that is
// max(it, min(the one before, the new)), where NaN yields to numbers.
place:
	TZCNTL MARKS, R12
	ADDL FIRST, R12
	VBROADCASTSS (X)(R12*4), Z0
	VALIGND $15, INF, LIST, Z2
	VALIGND $15, INDICES, INDICES, Z3
	VCMPPS $0x1d, Z0, LIST, K1
	VCMPPS $0x1d, Z0, Z2, K2
	VMINPS Z2, Z0, Z2
	VMAXPS Z2, LIST, LIST
	VPBROADCASTD R12, K2, Z3
	VMOVDQA32 INDICES, K1, Z3
	VMOVDQA64 Z3, INDICES
	LEAQ 8(NOTE), R12
	LEAL -1(MARKS), R13
	ANDL R13, MARKS
	CMOVLEQ FIRST2, FIRST
	CMOVLEQ MARKS2, MARKS
	CMOVQEQ R12, NOTE
	MOVL (NOTE), MARKS2
	MOVL 4(NOTE), FIRST2
	DECQ LEFT
	JNZ  place

placed:
	CMPQ AT, N
	JLT  chunk

	VCMPPS $7, LIST, LIST, K1 // numbers
	KMOVW K1, AX
	POPCNTL AX, AX
	CMPQ AX, K
	CMOVQGT K, AX
	MOVQ AX, found+48(FP)
	VMOVDQU32 INDICES, (SP)
	VZEROUPPER
	XORQ AT, AT

store:
	CMPQ AT, AX
	JGE  done
	MOVL (SP)(AT*4), CX
	MOVL CX, (IDS)(AT*4)
	INCQ AT
	JMP  store

done:
	RET
