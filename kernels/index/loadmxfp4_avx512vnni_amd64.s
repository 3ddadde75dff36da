//go:build !purego

#include "load_avx512_amd64.h"

// MXFP4 rows to lanes: 32 elements a quad, four bytes in each lane of eight registers:
// twice the values of the low nibbles of four bytes, and of their high nibbles. The scale
// of 32 elements is a byte e of each row, 2^(e-127); the bytes follow the codes.

// Twice the value of every FP4 code.
DATA e2m1Twice<>+0(SB)/8, $0x0c08060403020100
DATA e2m1Twice<>+8(SB)/8, $0xf4f8fafcfdfeff00
GLOBL e2m1Twice<>(SB), RODATA|NOPTR, $16

#define EIGHTS R11 // left in the block
#define LEFT R12   // scales in Z9

// EIGHT stores eight elements of 16 rows and adds 12 times their sum to Z8.
#define EIGHT(z) \
	VPSRLW $4, z, Z4        \
	VPANDD Z11, z, z        \
	VPANDD Z11, Z4, Z4      \
	VPSHUFB z, Z10, z       \
	VPSHUFB Z4, Z10, Z4     \
	VMOVDQU32 z, (T)        \
	VMOVDQU32 Z4, 128(T)    \
	VPDPBUSD z, Z12, Z8     \
	VPDPBUSD Z4, Z12, Z8    \
	ADDQ $256, T

// func loadMXFP4AVX512VNNI(tile []byte, rows []byte, size, dim int)
TEXT ·loadMXFP4AVX512VNNI(SB), NOSPLIT, $0-64
	ENTER
	VBROADCASTI32X4 e2m1Twice<>(SB), Z10
	MOVL $0x0f0f0f0f, AX
	VPBROADCASTD AX, Z11
	MOVL $0x0c0c0c0c, AX
	VPBROADCASTD AX, Z12
	VPXORQ Z13, Z13, Z13

pass:
	BEGIN_PASS
	MOVQ DIM, SCALE
	SHRQ $1, SCALE
	ADDQ ROWS, SCALE
	XORQ LEFT, LEFT

block:
	VPXORQ Z8, Z8, Z8
	SUBQ $32, I
	JLT  rest
	QUAD
	EIGHT(Z0)
	EIGHT(Z1)
	EIGHT(Z2)
	EIGHT(Z3)
	JMP  scale

rest: // 8, 16 or 24 elements, then zeros
	ADDQ $32, I
	MOVQ $4, EIGHTS

eight:
	VPXORQ Z0, Z0, Z0
	TESTQ I, I
	JZ   zeros
	GATHER(CODES, Z0)
	ADDQ $4, CODES
	SUBQ $8, I

zeros:
	EIGHT(Z0)
	DECQ EIGHTS
	JNZ  eight

scale:
	VPSUBD Z8, Z13, Z8
	VMOVDQU32 Z8, (T)
	SUBQ $1, LEFT
	JGE  next
	GATHER(SCALE, Z9)
	ADDQ $4, SCALE
	MOVQ $3, LEFT

next:
	VPSLLD $24, Z9, Z8
	VPSRLD $1, Z8, Z8
	VMOVDQU32 Z8, 128(T)
	VPSRLD $8, Z9, Z9
	ADDQ $256, T
	TESTQ I, I
	JNZ  block
	END_PASS(pass)
