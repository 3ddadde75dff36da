//go:build !purego

#include "load_avx512_amd64.h"

// MXFP4 rows to lanes: 32 elements a quad, eight in each register, in ascending
// nibbles. A nibble is an index into the table of values; the scale of 32 elements is a
// byte e of each row, 2^(e-127); the bytes follow the codes.

DATA e2m1<>+0(SB)/4, $0.0
DATA e2m1<>+4(SB)/4, $0.5
DATA e2m1<>+8(SB)/4, $1.0
DATA e2m1<>+12(SB)/4, $1.5
DATA e2m1<>+16(SB)/4, $2.0
DATA e2m1<>+20(SB)/4, $3.0
DATA e2m1<>+24(SB)/4, $4.0
DATA e2m1<>+28(SB)/4, $6.0
DATA e2m1<>+32(SB)/4, $-0.0
DATA e2m1<>+36(SB)/4, $-0.5
DATA e2m1<>+40(SB)/4, $-1.0
DATA e2m1<>+44(SB)/4, $-1.5
DATA e2m1<>+48(SB)/4, $-2.0
DATA e2m1<>+52(SB)/4, $-3.0
DATA e2m1<>+56(SB)/4, $-4.0
DATA e2m1<>+60(SB)/4, $-6.0
GLOBL e2m1<>(SB), RODATA|NOPTR, $64

#define NIBBLE(z, shift, offset) \
	VPSRLD $shift, z, Z4    \
	VPERMPS Z10, Z4, Z4     \
	VMULPS Z9, Z4, Z4       \
	VMOVUPS Z4, offset(T)

#define EIGHT(z) \
	NIBBLE(z, 0, 0)    \
	NIBBLE(z, 4, 128)  \
	NIBBLE(z, 8, 256)  \
	NIBBLE(z, 12, 384) \
	NIBBLE(z, 16, 512) \
	NIBBLE(z, 20, 640) \
	NIBBLE(z, 24, 768) \
	NIBBLE(z, 28, 896) \
	ADDQ $1024, T

// func loadMXFP4AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadMXFP4AVX512(SB), NOSPLIT, $0-64
	ENTER
	VMOVUPS e2m1<>(SB), Z10

pass:
	BEGIN_PASS
	MOVQ DIM, SCALE
	SHRQ $1, SCALE
	ADDQ ROWS, SCALE
	XORQ SHIFT, SHIFT // of the scale byte within its 4

scale:
	GATHER(SCALE, Z9)
	VMOVD  SHIFT, X4
	VPSRLD X4, Z9, Z9
	VPSLLD $24, Z9, Z9
	VPSRLD $1, Z9, Z9
	ADDQ   $8, SHIFT
	CMPQ   SHIFT, $32
	JNE    block
	XORQ   SHIFT, SHIFT
	ADDQ   $4, SCALE

block:
	SUBQ $32, I
	JLT  rest
	QUAD
	EIGHT(Z0)
	EIGHT(Z1)
	EIGHT(Z2)
	EIGHT(Z3)
	TESTQ I, I
	JNZ  scale
	JMP  next

rest:
	ADDQ $32, I

eight:
	GATHER(CODES, Z0)
	ADDQ $4, CODES
	EIGHT(Z0)
	SUBQ $8, I
	JNZ  eight

next:
	END_PASS(pass)
