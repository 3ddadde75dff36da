//go:build !purego

#include "int8_avx512_amd64.h"

// MXFP4 times int8 rows: 2*272 bytes and 2048 FLOP a token per block of 32 columns, 4 lines
// of each panel that become 8 registers of unsigned bytes, 2*value + 128.

#define MASK Z4
#define TABLE Z5

// Twice the value of every FP4 code plus 128.
DATA e2m1Offset<>+0(SB)/8, $0x8c88868483828180
DATA e2m1Offset<>+8(SB)/8, $0x74787a7c7d7e7f80
GLOBL e2m1Offset<>(SB), RODATA|NOPTR, $16

// The exponent of 2^-128: the bias of scale codes and one more, as weights were doubled.
DATA bias<>+0(SB)/4, $0xc0000000
GLOBL bias<>(SB), RODATA|NOPTR, $4

DATA magic<>+0(SB)/4, $const_magic
GLOBL magic<>(SB), RODATA|NOPTR, $4

// The first scale code whose MAGIC is NaN.
DATA top<>+0(SB)/4, $233
GLOBL top<>(SB), RODATA|NOPTR, $4

// LINE becomes columns k..k+3 (lo) and k+4..k+7 (hi).
#define LINE(from, lo, hi) \
	VMOVDQU32 from, lo      \
	VPSRLW $4, lo, hi       \
	VPANDD MASK, lo, lo     \
	VPANDD MASK, hi, hi     \
	VPSHUFB lo, TABLE, lo   \
	VPSHUFB hi, TABLE, hi

#define UNPACK(at) \
	LINE((at)(W), Z0, Z1) \
	LINE((at)(W)(PANEL*1), Z2, Z3)

// EXPONENT puts what row scales add to exponents into z.
#define EXPONENT(from, z) \
	VPMOVZXBD from, z \
	VPMINUD.BCST top<>(SB), z, z \
	VPSLLD $23, z, z \
	VPADDD.BCST bias<>(SB), z, z

#define BEGIN(t, a, b) \
	VPADDD.BCST (4*t)(XSCALE)(XMAGIC*1), Z2, a \
	VPADDD.BCST (4*t)(XSCALE)(XMAGIC*1), Z3, b

#define ADD(t, a, b) \
	VBROADCASTSS (4*t)(XSCALE), X0 \
	VSUBPS Z0, a, a \
	VSUBPS Z1, b, b \
	VFMADD213PS (64*t)(Y), X0, a \
	VFMADD213PS (64*t)(Y2), X0, b \
	VMOVUPS a, (64*t)(Y) \
	VMOVUPS b, (64*t)(Y2)

// func mxfp4AVX512VNNI(c *Call)
TEXT ·mxfp4AVX512VNNI(SB), NOSPLIT, $16-8
	ENTER_INT8
	MOVL $0x0f0f0f0f, AX
	VPBROADCASTD AX, MASK
	VBROADCASTI32X4 e2m1Offset<>(SB), TABLE

block:
	AIM2
	FETCH8(0)
	EXPONENT((S), Z2)
	EXPONENT((S)(PANEL*1), Z3)
	EACH(BEGIN, begun)
	PART(0, part0)
	PART(64, part1)
	PART(128, part2)
	PART(192, part3)
	EXPONENT((S), Z0)
	EXPONENT((S)(PANEL*1), Z1)
	VPADDD.BCST magic<>(SB), Z0, Z0
	VPADDD.BCST magic<>(SB), Z1, Z1
	RESULTS2
	EACH(ADD, added)
	NEXT(256, block, done)
	VZEROUPPER
	RET
