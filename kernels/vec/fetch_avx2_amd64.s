//go:build !purego

#include "textflag.h"

// Asks for lines of 64 bytes, and waits for none of them.

// func fetchAVX2(memory []byte)
TEXT ·fetchAVX2(SB), NOSPLIT, $0-24
	MOVQ memory_base+0(FP), SI
	MOVQ memory_len+8(FP), CX
	ADDQ SI, CX

line:
	PREFETCHT0 (SI)
	ADDQ $64, SI
	CMPQ SI, CX
	JLT  line
	PREFETCHT0 -1(CX)
	RET
