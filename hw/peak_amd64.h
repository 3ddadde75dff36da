// Shared by the peaks: a loop over twelve independent steps, each of one or more
// accumulators: more than latency x ports of the instruction on any known core, so
// that only the issue rate counts. OP(r), one step, is defined by the file that
// includes this one. Operands are zero: no slow cases.

#include "textflag.h"

#define PEAK(r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11) \
	MOVQ n+0(FP), CX \
	VZEROALL         \
loop:                    \
	OP(r0)           \
	OP(r1)           \
	OP(r2)           \
	OP(r3)           \
	OP(r4)           \
	OP(r5)           \
	OP(r6)           \
	OP(r7)           \
	OP(r8)           \
	OP(r9)           \
	OP(r10)          \
	OP(r11)          \
	DECQ CX          \
	JNZ  loop        \
	VZEROUPPER       \
	RET
