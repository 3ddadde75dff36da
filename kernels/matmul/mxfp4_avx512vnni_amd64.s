//go:build !purego

#include "mxfp4_avx512_amd64.h"

// Codes are looked up by VPSHUFB, which wants each alone in its byte: 6 operations a line.

#define NIBBLE VALUES // while no token is multiplied

DATA nibble<>+0(SB)/4, $0x0f0f0f0f
GLOBL nibble<>(SB), RODATA|NOPTR, $4

#define LINE(from, lo, hi) \
	VMOVDQU32 from, lo    \
	VPSRLW $4, lo, hi     \
	VPANDD NIBBLE, lo, lo \
	VPANDD NIBBLE, hi, hi \
	VPSHUFB lo, TABLE, lo \
	VPSHUFB hi, TABLE, hi

#define LINES(first, second) \
	VPBROADCASTD nibble<>(SB), NIBBLE \
	LINE(first, Z0, Z1)               \
	LINE(second, Z2, Z3)

// func mxfp4AVX512VNNIFew(c *Call)
TEXT ·mxfp4AVX512VNNIFew(SB), NOSPLIT, $192-8
	PANELS(·mxfp4AVX512VNNIFew, const_mxfp4FewLines, FEW, COPY)

// func mxfp4AVX512VNNI(c *Call)
TEXT ·mxfp4AVX512VNNI(SB), NOSPLIT, $0-8
	PANELS(·mxfp4AVX512VNNI, const_mxfp4Lines, MANY, IN_PLACE)
