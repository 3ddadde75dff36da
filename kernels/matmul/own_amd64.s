//go:build !purego

#include "textflag.h"

#define Y SI
#define STRIDE DX
#define ROWS CX

// PREFETCHW, which Go's assembler does not have, of (Y) and 64(Y). CPUs without it do nothing.
#define OWN BYTE $0x0f; BYTE $0x0d; BYTE $0x0e
#define OWN64 BYTE $0x0f; BYTE $0x0d; BYTE $0x4e; BYTE $64

// func own(y *float32, stride, rows int)
TEXT ·own(SB), NOSPLIT, $0-24
	MOVQ y+0(FP), Y
	MOVQ stride+8(FP), STRIDE
	MOVQ rows+16(FP), ROWS
	SHLQ $2, STRIDE

row:
	OWN
	OWN64
	ADDQ STRIDE, Y
	DECQ ROWS
	JNZ  row
	RET

// func fence()
TEXT ·fence(SB), NOSPLIT, $0-0
	SFENCE
	RET
