//go:build !purego

#include "bf16_avx2_amd64.h"

// Rows of BF16 to f32, spread out: bound by the stores. Meanwhile it asks for what comes
// ahead, two times for every line, as it reads half a line at a time.

#define DST DI    // end of the row
#define CODES SI
#define AHEAD BX
#define I CX      // elements left of the row, negative
#define DIM AX
#define STRIDE DX // in bytes, as all below
#define SIZE R8
#define N R9      // rows left

// func decodeBF16AVX2(dst []float32, rows []byte, dim, n, stride, ahead int)
TEXT ·decodeBF16AVX2(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DST
	MOVQ rows_base+24(FP), CODES
	MOVQ dim+48(FP), DIM
	MOVQ n+56(FP), N
	MOVQ stride+64(FP), STRIDE
	SHLQ $2, STRIDE
	LEAQ (DIM*2), SIZE
	LEAQ (DST)(DIM*4), DST
	ADDQ SIZE, CODES
	MOVQ ahead+72(FP), AHEAD
	ADDQ CODES, AHEAD
	NEGQ DIM
	VMOVDQU upper<>(SB), Y2

row:
	MOVQ DIM, I

group:
	PREFETCHT1 (AHEAD)(I*2)
	DECODE16((CODES)(I*2), Y2, (DST)(I*4))
	ADDQ $16, I
	JNZ  group
	ADDQ STRIDE, DST
	ADDQ SIZE, CODES
	ADDQ SIZE, AHEAD
	DECQ N
	JNZ  row
	VZEROUPPER
	RET
