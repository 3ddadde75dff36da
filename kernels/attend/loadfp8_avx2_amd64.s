//go:build !purego

#include "textflag.h"

// FP8 (e4m3fn) to f32: 16 codes are 16 bytes read and 64 written. A byte
// s eeee mmm in the upper half of a 16-bit word, shifted right by one with its
// sign and cleared of bit 14, is the f16 of its value times 2^-8; the missing 2^8
// joins the scale.

#define DST DI
#define CODES SI
#define SCALES DX
#define N CX      // elements left
#define BLOCK R8  // elements of a block
#define I R9      // elements left of the block

// func loadFP8AVX2(dst []float32, codes []byte, scales []float32, block int)
TEXT ·loadFP8AVX2(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DST
	MOVQ dst_len+8(FP), N
	MOVQ codes_base+24(FP), CODES
	MOVQ scales_base+48(FP), SCALES
	MOVQ block+72(FP), BLOCK
	MOVL $0x43800000, AX // 256
	VMOVD AX, X5
	MOVL $0xbf80bf80, AX
	VMOVD AX, X6
	VPBROADCASTD X6, Y6

block:
	VMULSS (SCALES), X5, X4
	VBROADCASTSS X4, Y4
	ADDQ $4, SCALES
	MOVQ BLOCK, I

group:
	VPMOVZXBW (CODES), Y0
	VPSLLW $8, Y0, Y0
	VPSRAW $1, Y0, Y0
	VPAND  Y6, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VCVTPH2PS X0, Y0
	VCVTPH2PS X1, Y1
	VMULPS Y4, Y0, Y0
	VMULPS Y4, Y1, Y1
	VMOVUPS Y0, (DST)
	VMOVUPS Y1, 32(DST)
	ADDQ $16, CODES
	ADDQ $64, DST
	SUBQ $16, N
	JZ   done
	SUBQ $16, I
	JNZ  group
	JMP  block

done:
	VZEROUPPER
	RET
