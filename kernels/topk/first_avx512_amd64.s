//go:build !purego

#include "first_amd64.h"

// One register where AVX2 has two: for the largest of every 16th score, and for the list. Marks
// come from mask registers. What takes longest is the chain through the list: 10 cycles a score.

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
	ENTER_FIRST
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
	CHUNK

note:
	VCMPPS $0x12, (X)(AT*4), Z5, K1 // at most, false for NaN
	VCMPPS $0x12, 64(X)(AT*4), Z5, K2
	KUNPCKWD K1, K2, K1
	KMOVD K1, MARKS
	NOTED(note, placed)

// What is as large stays, what follows it is new, the rest moves on. For scores that is
// max(it, min(the one before, the new)), where NaN yields to numbers.
place:
	MARKED
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
	PLACED(place)

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
	STORE(store, done)
	RET
