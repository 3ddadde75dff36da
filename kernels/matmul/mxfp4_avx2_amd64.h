// What the MXFP4 kernel for AVX2 is made of: codes that become bytes.

#include "int8_avx2_amd64.h"

#define MASK Y11
#define TABLE Y12
#define HIGH Y13
#define HALF Y15

// Twice the value of every FP4 code plus 12: an unsigned byte.
DATA e2m1Offset<>+0(SB)/8, $0x181412100f0e0d0c
DATA e2m1Offset<>+8(SB)/8, $0x00040608090a0b0c
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

// Times -12 for the low word of every lane.
DATA minus12<>+0(SB)/8, $0x0000fff40000fff4
DATA minus12<>+8(SB)/8, $0x0000fff40000fff4
DATA minus12<>+16(SB)/8, $0x0000fff40000fff4
DATA minus12<>+24(SB)/8, $0x0000fff40000fff4
GLOBL minus12<>(SB), RODATA|NOPTR, $32

// The low half of every byte.
DATA nibble<>+0(SB)/4, $0x0f0f0f0f
GLOBL nibble<>(SB), RODATA|NOPTR, $4

// Codes are doubled.
DATA half<>+0(SB)/4, $0x3f000000
GLOBL half<>(SB), RODATA|NOPTR, $4

// PAIR_BEGIN sets what PAIR needs.
#define PAIR_BEGIN \
	VPBROADCASTD nibble<>(SB), MASK \
	VPSLLW $4, MASK, HIGH           \
	VBROADCASTI128 e2m1Offset<>(SB), TABLE

#define PAIR(from, lo, hi) \
	VPAND (from)(WP), MASK, lo \
	VPAND (from)(WP), HIGH, hi \
	VPSRLW $4, hi, hi          \
	VPSHUFB lo, TABLE, lo      \
	VPSHUFB hi, TABLE, hi

// OFFSET leaves -12 times the sum of the token's codes in y: their sum is within 16 bits.
#define OFFSET(token, y) \
	VPBROADCASTD (QSUM)(token*1), y \
	VPMADDWD minus12<>(SB), y, y
