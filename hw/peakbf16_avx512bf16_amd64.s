//go:build !purego

// 32 bf16 multiply-adds per instruction.
//
// Go's assembler has no VDPBF16PS. This is its EVEX encoding, map 2, prefix F3,
// W0, opcode 52, 512 bits, for Z12 and Z13 times register number d = 0..11.
#define OP(d) \
	BYTE $0x62; BYTE $(((d&8)<<4|(12&8)<<2)^0xF2); BYTE $(((13&15)^15)<<3|6) \
	BYTE $0x48; BYTE $0x52; BYTE $(0xC0|(d&7)<<3|(12&7))

#include "peak_amd64.h"

// func peakBF16AVX512BF16(n int)
TEXT ·peakBF16AVX512BF16(SB), NOSPLIT, $0-8
	PEAK(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
