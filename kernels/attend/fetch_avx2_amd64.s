//go:build !purego

#include "textflag.h"

// Asks for the lines of a row, 64 bytes each, and waits for none of them.

// func fetchAVX2(row []byte)
TEXT ·fetchAVX2(SB), NOSPLIT, $0-24
	MOVQ row_base+0(FP), SI
	MOVQ row_len+8(FP), CX
	ADDQ SI, CX

line:
	PREFETCHT0 (SI)
	ADDQ $64, SI
	CMPQ SI, CX
	JLT  line
	PREFETCHT0 -1(CX)
	RET
