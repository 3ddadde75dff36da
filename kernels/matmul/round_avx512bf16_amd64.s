//go:build !purego

#include "textflag.h"

// Rounds blocks of 16 floats to bf16, to nearest even, whatever MXCSR says: 96 bytes a
// block and one conversion. Two loads and stores a cycle are the bound, or memory.

#define DST DI
#define X SI
#define BLOCKS CX
#define STEP DX // bytes between blocks of dst

// VCVTNEPS2BF16 Z0, Y0, which Go's assembler does not have: EVEX, map 2, prefix F3, W0,
// opcode 72, 512 bits.
#define ROUND \
	BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC0

// func roundAVX512BF16(dst []uint16, x []float32, stride int)
TEXT ·roundAVX512BF16(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DST
	MOVQ x_base+24(FP), X
	MOVQ x_len+32(FP), BLOCKS
	MOVQ stride+48(FP), STEP
	SHRQ $4, BLOCKS
	JZ   done
	SHLQ $5, STEP

block:
	VMOVUPS (X), Z0
	ROUND
	VMOVDQU Y0, (DST)
	ADDQ $64, X
	ADDQ STEP, DST
	DECQ BLOCKS
	JNZ  block

done:
	VZEROUPPER
	RET
