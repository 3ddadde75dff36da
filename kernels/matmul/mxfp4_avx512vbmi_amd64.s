//go:build !purego

#include "mxfp4_avx512_amd64.h"

// Codes are looked up by VPERMB: it reads six bits of a byte, of which the table, four times
// over, makes the upper two mean nothing. So a code need not be alone: 4 operations a line.

#define LINE(from, lo, hi) \
	VMOVDQU32 from, hi   \
	VPERMB TABLE, hi, lo \
	VPSRLW $4, hi, hi    \
	VPERMB TABLE, hi, hi

#define LINES(first, second) \
	LINE(first, Z0, Z1) \
	LINE(second, Z2, Z3)

// func mxfp4AVX512VBMIFew(c *Call)
TEXT ·mxfp4AVX512VBMIFew(SB), NOSPLIT, $192-8
	PANELS(·mxfp4AVX512VBMIFew, const_mxfp4FewLines, FEW, COPY)

// func mxfp4AVX512VBMI(c *Call)
TEXT ·mxfp4AVX512VBMI(SB), NOSPLIT, $0-8
	PANELS(·mxfp4AVX512VBMI, const_mxfp4Lines, MANY, IN_PLACE)
