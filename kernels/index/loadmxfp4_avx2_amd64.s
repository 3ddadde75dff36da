//go:build !purego

#include "load_avx2_amd64.h"

// MXFP4 rows to lanes: 32 elements a quad, four bytes in each lane of eight registers:
// twice the values of the low nibbles of four bytes, and of their high nibbles. The scale
// of 32 elements is a byte e of each row, 2^(e-127); the bytes follow the codes.

// Twice the value of every FP4 code.
DATA e2m1Twice<>+0(SB)/8, $0x0c08060403020100
DATA e2m1Twice<>+8(SB)/8, $0xf4f8fafcfdfeff00
GLOBL e2m1Twice<>(SB), RODATA|NOPTR, $16

#define EIGHTS R11 // left in the block

// EIGHT stores four bytes of 8 rows and adds them up: eight times 12 at most.
#define EIGHT(y) \
	VPSRLW $4, y, Y4        \
	VPAND Y11, y, y         \
	VPAND Y11, Y4, Y4       \
	VPSHUFB y, Y10, y       \
	VPSHUFB Y4, Y10, Y4     \
	VMOVDQU y, (T)          \
	VMOVDQU Y4, 128(T)      \
	VPADDB y, Y4, y         \
	VPADDB y, Y8, Y8        \
	ADDQ $256, T

// func loadMXFP4AVX2(tile []byte, rows []byte, size, dim int)
TEXT ·loadMXFP4AVX2(SB), NOSPLIT, $0-64
	ENTER
	VBROADCASTI128 e2m1Twice<>(SB), Y10
	MOVL $0x0f0f0f0f, AX
	VMOVD AX, X11
	VPBROADCASTD X11, Y11
	VPCMPEQW Y13, Y13, Y13
	VPABSW Y13, Y13 // 1
	MOVL $0x0c0c0c0c, AX
	VMOVD AX, X12
	VPBROADCASTD X12, Y12

pass:
	BEGIN_PASS
	MOVQ DIM, SCALE
	SHRQ $1, SCALE
	ADDQ ROWS, SCALE
	XORQ SHIFT, SHIFT // of the scale byte within its 4

block:
	VPXOR Y8, Y8, Y8
	SUBQ $32, I
	JLT  rest
	QUAD
	EIGHT(Y0)
	EIGHT(Y1)
	EIGHT(Y2)
	EIGHT(Y3)
	JMP  scale

rest: // 8, 16 or 24 elements, then zeros
	ADDQ $32, I
	MOVQ $4, EIGHTS

eight:
	VPXOR Y0, Y0, Y0
	TESTQ I, I
	JZ   zeros
	GATHER(CODES, Y0)
	ADDQ $4, CODES
	SUBQ $8, I

zeros:
	EIGHT(Y0)
	DECQ EIGHTS
	JNZ  eight

scale:
	VPMADDUBSW Y8, Y12, Y8
	VPMADDWD Y13, Y8, Y8
	VPXOR  Y9, Y9, Y9
	VPSUBD Y8, Y9, Y8
	VMOVDQU Y8, (T)
	GATHER(SCALE, Y9)
	VMOVD  SHIFT, X4
	VPSRLD X4, Y9, Y9
	VPSLLD $24, Y9, Y9
	VPSRLD $1, Y9, Y9
	VMOVUPS Y9, 128(T)
	ADDQ   $256, T
	ADDQ   $8, SHIFT
	CMPQ   SHIFT, $32
	JNE    more
	XORQ   SHIFT, SHIFT
	ADDQ   $4, SCALE

more:
	TESTQ I, I
	JNZ  block
	END_PASS(pass)
