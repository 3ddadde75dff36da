//go:build !purego

#include "quantise_amd64.h"

// Rounds blocks of 32 floats to int8, as quantise_avx512_amd64.s does, where the
// method is explained; four registers of 8 floats instead of two of 16.

#define ABS Y15
#define SIXTEEN Y14 // bytes
#define ORDER Y13
#define MAX127 X12

// The packs below interleave the registers by 4 bytes in each half: this puts
// them in order again.
DATA quantiseOrder<>+0(SB)/8, $0x0000000400000000
DATA quantiseOrder<>+8(SB)/8, $0x0000000500000001
DATA quantiseOrder<>+16(SB)/8, $0x0000000600000002
DATA quantiseOrder<>+24(SB)/8, $0x0000000700000003
GLOBL quantiseOrder<>(SB), RODATA|NOPTR, $32

// func quantiseAVX2(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int)
TEXT ·quantiseAVX2(SB), NOSPLIT, $0-128
	ENTER_QUANTISE
	VPCMPEQD ABS, ABS, ABS
	VPSRLD $1, ABS, ABS
	MOVL $0x10101010, AX
	VMOVD AX, X14
	VPBROADCASTD X14, SIXTEEN
	VMOVDQU quantiseOrder<>(SB), ORDER
	MOVL $0x42fe0000, AX // 127
	VMOVD AX, MAX127

block:
	VMOVUPS (X), Y0
	VMOVUPS 32(X), Y1
	VMOVUPS 64(X), Y2
	VMOVUPS 96(X), Y3
	VPAND ABS, Y0, Y4
	VPAND ABS, Y1, Y5
	VPAND ABS, Y2, Y6
	VPAND ABS, Y3, Y7
	VPMAXSD Y5, Y4, Y4
	VPMAXSD Y7, Y6, Y6
	VPMAXSD Y6, Y4, Y4
	VEXTRACTI128 $1, Y4, X5
	VPMAXSD X5, X4, X4
	VPSHUFD $0x4e, X4, X5
	VPMAXSD X5, X4, X4
	VPSHUFD $0xb1, X4, X5
	VPMAXSD X5, X4, X4
	VMOVD X4, AX
	CMPL AX, $0x7f800000 // infinity or NaN
	JAE  broken
	VDIVSS MAX127, X4, X6 // scale
	VMOVD X6, DX
	CMPL DX, $0x00800000 // below the smallest normal number
	JB   zero
	VDIVSS X4, MAX127, X5 // 127/max
	VBROADCASTSS X5, Y5
	VMULPS Y5, Y0, Y0
	VMULPS Y5, Y1, Y1
	VMULPS Y5, Y2, Y2
	VMULPS Y5, Y3, Y3
	VCVTPS2DQ Y0, Y0
	VCVTPS2DQ Y1, Y1
	VCVTPS2DQ Y2, Y2
	VCVTPS2DQ Y3, Y3
	VPACKSSDW Y1, Y0, Y0
	VPACKSSDW Y3, Y2, Y2
	VPACKSSWB Y2, Y0, Y0
	VPERMD Y0, ORDER, Y0
	FINISH
