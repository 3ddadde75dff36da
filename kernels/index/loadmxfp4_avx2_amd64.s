//go:build !purego

#include "load_avx2_amd64.h"

// MXFP4 rows to lanes: 32 elements a quad, eight in each register, in ascending
// nibbles. A nibble is an index into the table of magnitudes, and a sign; the scale
// of 32 elements is a byte e of each row, 2^(e-127); the bytes follow the codes.

DATA e2m1<>+0(SB)/4, $0.0
DATA e2m1<>+4(SB)/4, $0.5
DATA e2m1<>+8(SB)/4, $1.0
DATA e2m1<>+12(SB)/4, $1.5
DATA e2m1<>+16(SB)/4, $2.0
DATA e2m1<>+20(SB)/4, $3.0
DATA e2m1<>+24(SB)/4, $4.0
DATA e2m1<>+28(SB)/4, $6.0
GLOBL e2m1<>(SB), RODATA|NOPTR, $32

#define NIBBLE(y, shift, offset) \
	VPSRLD $shift, y, Y4    \
	VPERMPS Y10, Y4, Y5     \
	VPSLLD $28, Y4, Y4      \
	VPAND Y11, Y4, Y4       \
	VPXOR Y4, Y5, Y4        \
	VMULPS Y9, Y4, Y4       \
	VMOVUPS Y4, offset(T)

#define EIGHT(y) \
	NIBBLE(y, 0, 0)    \
	NIBBLE(y, 4, 128)  \
	NIBBLE(y, 8, 256)  \
	NIBBLE(y, 12, 384) \
	NIBBLE(y, 16, 512) \
	NIBBLE(y, 20, 640) \
	NIBBLE(y, 24, 768) \
	NIBBLE(y, 28, 896) \
	ADDQ $1024, T

// func loadMXFP4AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadMXFP4AVX2(SB), NOSPLIT, $0-64
	ENTER
	VMOVUPS e2m1<>(SB), Y10
	MOVL $0x80000000, AX
	VMOVD AX, X11
	VPBROADCASTD X11, Y11

pass:
	BEGIN_PASS
	MOVQ DIM, SCALE
	SHRQ $1, SCALE
	ADDQ ROWS, SCALE
	XORQ SHIFT, SHIFT // of the scale byte within its 4

scale:
	GATHER(SCALE, Y9)
	VMOVD  SHIFT, X4
	VPSRLD X4, Y9, Y9
	VPSLLD $24, Y9, Y9
	VPSRLD $1, Y9, Y9
	ADDQ   $8, SHIFT
	CMPQ   SHIFT, $32
	JNE    block
	XORQ   SHIFT, SHIFT
	ADDQ   $4, SCALE

block:
	SUBQ $32, I
	JLT  rest
	QUAD
	EIGHT(Y0)
	EIGHT(Y1)
	EIGHT(Y2)
	EIGHT(Y3)
	TESTQ I, I
	JNZ  scale
	JMP  next

rest:
	ADDQ $32, I

eight:
	GATHER(CODES, Y0)
	ADDQ $4, CODES
	EIGHT(Y0)
	SUBQ $8, I
	JNZ  eight

next:
	END_PASS(pass)
