// What the MXFP4 kernel for AVX2 is made of: codes that become bytes.

#include "tokens_avx2_amd64.h"

#define MASK Y11
#define TABLE Y12
#define HIGH Y13

// Twice the value of every FP4 code plus 16: an unsigned byte.
DATA e2m1Offset<>+0(SB)/8, $0x1c18161413121110
DATA e2m1Offset<>+8(SB)/8, $0x04080a0c0d0e0f10
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

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
