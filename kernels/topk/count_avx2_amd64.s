//go:build !purego

#include "textflag.h"

// How many scores reach a bar: 16 scores are 64 bytes read, two comparisons and two
// subtractions of their masks; bound by the loads.

// func atLeastAVX2(x []float32, bar float32) (found int)
TEXT ·atLeastAVX2(SB), NOSPLIT, $0-40
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	VBROADCASTSS bar+24(FP), Y2
	VPXOR Y4, Y4, Y4 // counts of eight lanes, twice
	VPXOR Y5, Y5, Y5

step:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VCMPPS $0x1d, Y2, Y0, Y0 // at least, false for NaN
	VCMPPS $0x1d, Y2, Y1, Y1
	VPSUBD Y0, Y4, Y4
	VPSUBD Y1, Y5, Y5
	ADDQ $64, SI
	SUBQ $16, CX
	JNZ  step

	VPADDD Y5, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPADDD X5, X4, X4
	VPHADDD X4, X4, X4
	VPHADDD X4, X4, X4
	VMOVD X4, AX
	MOVQ AX, found+32(FP)
	VZEROUPPER
	RET
