//go:build !purego

#include "textflag.h"

// Go's assembler has no VDPBF16PS. EVEX encoding of VDPBF16PS Zs, Zv, Zd with
// registers 0..15: map 2, pp F3, W0, opcode 52, 512 bits.
#define VDPBF16PS(s, v, d) \
	BYTE $0x62; BYTE $(((d&8)<<4|(s&8)<<2)^0xF2); BYTE $(((v&15)^15)<<3|6); BYTE $0x48; BYTE $0x52; BYTE $(0xC0|(d&7)<<3|(s&7))

// 32 bf16 multiply-adds per instruction.
// Twelve independent accumulators: more than latency x ports of any known core,
// so that only the issue rate counts. All operands are zero: no slow cases.

// func peakBF16AVX512BF16(n int)
TEXT ·peakBF16AVX512BF16(SB), NOSPLIT, $0-8
	MOVQ n+0(FP), CX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	VPXOR Y10, Y10, Y10
	VPXOR Y11, Y11, Y11
	VPXOR Y12, Y12, Y12
	VPXOR Y13, Y13, Y13
	VPXOR Y14, Y14, Y14
	VPXOR Y15, Y15, Y15

loop:
	VDPBF16PS(12, 13, 0)
	VDPBF16PS(12, 13, 1)
	VDPBF16PS(12, 13, 2)
	VDPBF16PS(12, 13, 3)
	VDPBF16PS(12, 13, 4)
	VDPBF16PS(12, 13, 5)
	VDPBF16PS(12, 13, 6)
	VDPBF16PS(12, 13, 7)
	VDPBF16PS(12, 13, 8)
	VDPBF16PS(12, 13, 9)
	VDPBF16PS(12, 13, 10)
	VDPBF16PS(12, 13, 11)
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
