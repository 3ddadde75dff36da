// Shared by the tiles: multiply-adds whose operands come from the first-level cache, in
// the shape of the register tiles that kernels are made of. Between a tile and the peak
// are the loads, and what else a core has to share with another thread; between a kernel
// and its tile is all that is the kernel's own. All operands are zero, as in the peaks.

#include "peak_amd64.h"

GLOBL zeros<>(SB), RODATA|NOPTR, $256

#define L1 SI

#define TILE(STEP) \
	LEAQ zeros<>(SB), L1 \
	MOVQ n+0(FP), CX     \
	VZEROALL             \
loop:                        \
	STEP                 \
	DECQ CX              \
	JNZ  loop            \
	VZEROUPPER           \
	RET
