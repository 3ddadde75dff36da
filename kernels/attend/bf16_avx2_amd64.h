// BF16 to f32: the upper half of its bits. 8 of them are read to both halves of a
// register, and their bytes put where they belong: one instruction beside the loads.

#include "textflag.h"

DATA upper<>+0(SB)/8, $0x0302808001008080
DATA upper<>+8(SB)/8, $0x0706808005048080
DATA upper<>+16(SB)/8, $0x0b0a808009088080
DATA upper<>+24(SB)/8, $0x0f0e80800d0c8080
GLOBL upper<>(SB), RODATA|NOPTR, $32

// LOAD_BF16 takes the places of the bytes from upper, in memory or a register.
#define LOAD_BF16(address, upper, y) \
	VBROADCASTI128 address, y \
	VPSHUFB upper, y, y

// DECODE16 stores 16 of them as f32, by way of Y0 and Y1.
#define DECODE16(codes, upper, dst) \
	LOAD_BF16(codes, upper, Y0)    \
	LOAD_BF16(16 codes, upper, Y1) \
	VMOVUPS Y0, dst                \
	VMOVUPS Y1, 32 dst
