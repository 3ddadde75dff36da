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

// TOKENS12 multiplies 16 lanes with 12 tokens, one after the other, each of which reads its
// own value: TOKEN(at, r), which the files of AVX-512 define.
#define TOKENS12 \
	VMOVUPS 64(L1), Z12 \
	TOKEN(0, Z0)        \
	TOKEN(4, Z1)        \
	TOKEN(8, Z2)        \
	TOKEN(12, Z3)       \
	TOKEN(16, Z4)       \
	TOKEN(20, Z5)       \
	TOKEN(24, Z6)       \
	TOKEN(28, Z7)       \
	TOKEN(32, Z8)       \
	TOKEN(36, Z9)       \
	TOKEN(40, Z10)      \
	TOKEN(44, Z11)
