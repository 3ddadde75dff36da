//go:build !purego

#include "int8_avx512_amd64.h"

// INT8 times int8 rows: 2*544 bytes and 2048 FLOP a token per block of 32 columns. The
// codes become unsigned by flipping their top bit.

#define FLIP Z4
#define MAGIC Z5

#define UNPACK(at) \
	VPXORD (2*at)(W), FLIP, Z0     \
	VPXORD (2*at+64)(W), FLIP, Z1  \
	VPXORD (2*at)(W)(PANEL*1), FLIP, Z2     \
	VPXORD (2*at+64)(W)(PANEL*1), FLIP, Z3

#define SCALE(from, z, magic) \
	VPMOVZXWD from, z \
	VPSLLD $16, z, z \
	VMULPS MAGIC, z, magic

#define BEGIN(t, a, b) \
	VPBROADCASTD (4*t)(XSCALE)(XMAGIC*1), a \
	VMOVDQA32 a, b

#define ADD(t, a, b) \
	VBROADCASTSS (4*t)(XSCALE), X0 \
	VFMSUB213PS Z1, Z0, a \
	VFMSUB213PS Z3, Z2, b \
	VFMADD213PS (64*t)(Y), X0, a \
	VFMADD213PS (64*t)(Y2), X0, b \
	VMOVUPS a, (64*t)(Y) \
	VMOVUPS b, (64*t)(Y2)

// func int8AVX512VNNI(c *Call)
TEXT ·int8AVX512VNNI(SB), NOSPLIT, $16-8
	ENTER_INT8
	MOVL $0x80808080, AX
	VPBROADCASTD AX, FLIP
	MOVL $const_magic, AX
	VPBROADCASTD AX, MAGIC

block:
	AIM2
	FETCH8(0)
	FETCH8(256)
	EACH(BEGIN, begun)
	PART(0, part0)
	PART(64, part1)
	PART(128, part2)
	PART(192, part3)
	SCALE((S), Z0, Z1)
	SCALE((S)(PANEL*1), Z2, Z3)
	RESULTS2
	EACH(ADD, added)
	NEXT(512, block, done)
	VZEROUPPER
	RET
