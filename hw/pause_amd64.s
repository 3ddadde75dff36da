//go:build !purego

#include "textflag.h"

// func pause()
//
// PAUSE takes 40 to 140 cycles, during which the core leaves its execution ports to
// the other hardware thread, and spares the memory-order flush that ends a plain spin
// loop.
TEXT ·pause(SB), NOSPLIT, $0-0
	PAUSE
	RET
