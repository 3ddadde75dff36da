//go:build !purego

#include "textflag.h"

#define N AX

// func pause(n int)
//
// n PAUSE instructions, n >= 1. Each takes 40 to 140 cycles, during which the
// core leaves its execution ports to the other hardware thread, and spares the
// memory-order flush that ends a plain spin loop.
TEXT ·pause(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), N

loop:
	PAUSE
	DECQ N
	JNZ  loop
	RET
