//go:build !purego

#include "first_amd64.h"

// Packing interleaves the registers by 4 bytes in each half: this puts them in order.
DATA order<>+0(SB)/8, $0x0000000400000000
DATA order<>+8(SB)/8, $0x0000000500000001
DATA order<>+16(SB)/8, $0x0000000600000002
DATA order<>+24(SB)/8, $0x0000000700000003
GLOBL order<>(SB), RODATA|NOPTR, $32

// LARGER adds -1 to Y2 and Y3 where number i on the stack exceeds Y0 and Y1.
#define LARGER(i) \
	VBROADCASTSS ((i)*4)(SP), Y4 \
	VCMPPS $0x1e, Y0, Y4, Y5     \
	VCMPPS $0x1e, Y1, Y4, Y6     \
	VPADDD Y5, Y2, Y2            \
	VPADDD Y6, Y3, Y3

#define LARGER4(i) LARGER(i); LARGER(i+1); LARGER(i+2); LARGER(i+3)

// SHIFT moves the numbers of y one place on, and the last one before in front.
#define SHIFT(y, before, to) \
	VPERM2F128 $0x21, y, before, to \
	VPALIGNR $12, to, y, to

// INSERT puts score Y0 and index Y1 into eight ordered scores and their indices, which
// follow those before: what is as large stays, what follows it is new, the rest moves on.
// For scores that is max(it, min(the one before, the new)), where NaN yields to numbers.
#define INSERT(scores, scoresBefore, indices, indicesBefore) \
	SHIFT(scores, scoresBefore, Y2)   \
	SHIFT(indices, indicesBefore, Y3) \
	VCMPPS $0x1d, Y0, scores, Y10     \
	VCMPPS $0x1d, Y0, Y2, Y11         \
	VMINPS Y2, Y0, Y2                 \
	VMAXPS Y2, scores, scores         \
	VBLENDVPS Y11, Y1, Y3, Y3         \
	VBLENDVPS Y10, indices, Y3, indices

// func firstAVX2(ids []int32, x []float32) (found int)
TEXT ·firstAVX2(SB), NOSPLIT, $280-56
	ENTER_FIRST
	MOVL $0xff800000, AX // -Inf
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	VMOVDQU Y0, Y1
	VMOVDQU Y0, Y2
	VMOVDQU Y0, Y3
	XORQ AT, AT

largest:
	VMOVUPS (X)(AT*4), Y4
	VMOVUPS 32(X)(AT*4), Y5
	VMOVUPS 64(X)(AT*4), Y6
	VMOVUPS 96(X)(AT*4), Y7
	VMAXPS Y0, Y4, Y0 // where Y4 is NaN the second source, Y0, stays
	VMAXPS Y1, Y5, Y1
	VMAXPS Y2, Y6, Y2
	VMAXPS Y3, Y7, Y3
	ADDQ $32, AT
	CMPQ AT, N
	JLT  largest

	VMAXPS Y0, Y2, Y0
	VMAXPS Y1, Y3, Y1
	VMOVUPS Y0, (SP)
	VMOVUPS Y1, 32(SP)
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	LARGER4(0)
	LARGER4(4)
	LARGER4(8)
	LARGER4(12)
	MOVQ K, AX
	NEGQ AX
	VMOVD AX, X4
	VPBROADCASTD X4, Y4
	VPCMPGTD Y4, Y2, Y2 // fewer than k are larger
	VPCMPGTD Y4, Y3, Y3
	MOVL $0x7f800000, AX // Inf
	VMOVD AX, X4
	VPBROADCASTD X4, Y4
	VBLENDVPS Y2, Y0, Y4, Y0
	VBLENDVPS Y3, Y1, Y4, Y1
	VMINPS Y0, Y1, Y0
	VEXTRACTF128 $1, Y0, X1
	VMINPS X0, X1, X0
	VSHUFPS $0x4e, X0, X0, X1
	VMINPS X0, X1, X0
	VSHUFPS $0xb1, X0, X0, X1
	VMINPS X0, X1, X0
	VBROADCASTSS X0, Y5 // the bar
	VMOVDQU order<>(SB), Y6
	VPCMPEQD Y8, Y8, Y8 // the list: NaN, which is not as large as any
	VMOVDQU Y8, Y12
	XORQ AT, AT

chunk:
	CHUNK

note:
	VCMPPS $0x12, (X)(AT*4), Y5, Y0 // at most, false for NaN
	VCMPPS $0x12, 32(X)(AT*4), Y5, Y1
	VCMPPS $0x12, 64(X)(AT*4), Y5, Y2
	VCMPPS $0x12, 96(X)(AT*4), Y5, Y3
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKSSWB Y2, Y0, Y0
	VPERMD Y0, Y6, Y0
	VPMOVMSKB Y0, MARKS
	NOTED(note, placed)

place:
	MARKED
	VBROADCASTSS (X)(R12*4), Y0
	VMOVD R12, X1
	VPBROADCASTD X1, Y1
	INSERT(Y12, Y8, Y13, Y9)
	INSERT(Y8, Y4, Y9, Y9) // nothing is before, but Inf stays
	PLACED(place)

placed:
	CMPQ AT, N
	JLT  chunk

	VCMPPS $7, Y8, Y8, Y0 // numbers
	VCMPPS $7, Y12, Y12, Y1
	VPACKSSDW Y1, Y0, Y0
	VPMOVMSKB Y0, AX
	POPCNTL AX, AX
	SHRQ $1, AX
	CMPQ AX, K
	CMOVQGT K, AX
	MOVQ AX, found+48(FP)
	VMOVDQU Y9, (SP)
	VMOVDQU Y13, 32(SP)
	VZEROUPPER
	STORE(store, done)
	RET
