//go:build !purego

#include "load_avx2_amd64.h"

// MXFP4 rows to lanes: eight elements a gather, in ascending nibbles. A nibble is an index
// into the table of magnitudes, and a sign; the scale of 32
// elements is a byte e of each row, 2^(e-127); the bytes follow the codes.

DATA e2m1<>+0(SB)/4, $0.0
DATA e2m1<>+4(SB)/4, $0.5
DATA e2m1<>+8(SB)/4, $1.0
DATA e2m1<>+12(SB)/4, $1.5
DATA e2m1<>+16(SB)/4, $2.0
DATA e2m1<>+20(SB)/4, $3.0
DATA e2m1<>+24(SB)/4, $4.0
DATA e2m1<>+28(SB)/4, $6.0
GLOBL e2m1<>(SB), RODATA|NOPTR, $32

#define NIBBLE(shift, offset) \
	VPSRLD $shift, Y0, Y1   \
	VPERMPS Y5, Y1, Y2      \
	VPSLLD $28, Y1, Y1      \
	VPAND Y6, Y1, Y1        \
	VPXOR Y1, Y2, Y1        \
	VMULPS Y4, Y1, Y1       \
	VMOVUPS Y1, offset(T)

// func loadMXFP4AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadMXFP4AVX2(SB), NOSPLIT, $0-64
	ENTER
	VMOVUPS e2m1<>(SB), Y5
	MOVL $0x80000000, AX
	VMOVD AX, X6
	VPBROADCASTD X6, Y6

pass:
	BEGIN_PASS
	MOVQ DIM, SCALE
	SHRQ $1, SCALE
	ADDQ ROWS, SCALE
	XORQ SHIFT, SHIFT // of the scale byte within its 4

scale:
	GATHER(SCALE, Y4)
	VMOVD  SHIFT, X1
	VPSRLD X1, Y4, Y4
	VPSLLD $24, Y4, Y4
	VPSRLD $1, Y4, Y4
	MOVQ   $4, BLOCK
	ADDQ   $8, SHIFT
	CMPQ   SHIFT, $32
	JNE    eight
	XORQ   SHIFT, SHIFT
	ADDQ   $4, SCALE

eight:
	GATHER(CODES, Y0)
	NIBBLE(0, 0)
	NIBBLE(4, 128)
	NIBBLE(8, 256)
	NIBBLE(12, 384)
	NIBBLE(16, 512)
	NIBBLE(20, 640)
	NIBBLE(24, 768)
	NIBBLE(28, 896)
	ADDQ $4, CODES
	ADDQ $1024, T
	SUBQ $8, I
	JZ   next
	DECQ BLOCK
	JNZ  eight
	JMP  scale

next:
	END_PASS(pass)
