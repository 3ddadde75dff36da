//go:build !purego

#include "textflag.h"

// Rounds blocks of 32 floats to int8, as quantise_avx512_amd64.s does, where the
// method is explained; four registers of 8 floats instead of two of 16.

#define DST DI
#define SCALES R8
#define STARTS R9
#define X SI
#define BLOCKS CX
#define STRIDE R10 // slots between blocks
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

// func quantiseAVX2(dst []int8, scales []float32, starts []int32, x []float32, stride int)
TEXT ·quantiseAVX2(SB), NOSPLIT, $0-104
	MOVQ dst_base+0(FP), DST
	MOVQ scales_base+24(FP), SCALES
	MOVQ starts_base+48(FP), STARTS
	MOVQ x_base+72(FP), X
	MOVQ x_len+80(FP), BLOCKS
	MOVQ stride+96(FP), STRIDE
	SHRQ $5, BLOCKS
	MOVQ STRIDE, R11
	SHLQ $5, R11 // bytes of codes between blocks
	SHLQ $2, STRIDE
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
	VMOVDQU Y0, (DST)
	MOVL DX, (SCALES)

	// Pairs of codes times 16, added in the two halves of a lane, are within 16 bits.
	VPMADDUBSW Y0, SIXTEEN, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDW X1, X0, X0
	VPSHUFD $0x4e, X0, X1
	VPADDW X1, X0, X0
	VPSHUFD $0xb1, X0, X1
	VPADDW X1, X0, X0
	VPXOR X1, X1, X1
	VPSUBW X0, X1, X0
	VMOVD X0, (STARTS)

next:
	ADDQ $128, X
	ADDQ R11, DST
	ADDQ STRIDE, SCALES
	ADDQ STRIDE, STARTS
	DECQ BLOCKS
	JNZ  block
	VZEROUPPER
	RET

broken:
	MOVL $0x7fc00000, (SCALES) // NaN reaches every result
	JMP  codes

zero:
	MOVL $0, (SCALES)

codes:
	VPXOR Y0, Y0, Y0
	VMOVDQU Y0, (DST)
	MOVL $0, (STARTS)
	JMP next
