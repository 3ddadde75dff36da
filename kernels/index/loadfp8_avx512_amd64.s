//go:build !purego

#include "load_avx512_amd64.h"

// FP8 (e4m3fn) rows to lanes: four elements a gather. A byte s eeee mmm at the
// top of a lane, shifted right by four with the copies of its sign cleared, is the
// f32 of its value times 2^-120, exactly (subnormals stay subnormal). One f32
// scale a row follows the codes.

#define BYTE(shift, offset) \
	VPSLLD $shift, Z0, Z1   \
	VPSRAD $4, Z1, Z1       \
	VPANDD Z5, Z1, Z1      \
	VMULPS Z6, Z1, Z1     \
	VMULPS Z4, Z1, Z1     \
	VMOVUPS Z1, offset(T)

// func loadFP8AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadFP8AVX512(SB), NOSPLIT, $0-64
	ENTER
	MOVL $0x87f00000, AX
	VPBROADCASTD AX, Z5
	MOVL $0x7b800000, AX
	VPBROADCASTD AX, Z6 // 2^120

pass:
	BEGIN_PASS
	LEAQ (ROWS)(DIM*1), SCALE
	GATHER(SCALE, Z4)

four:
	GATHER(CODES, Z0)
	BYTE(24, 0)
	BYTE(16, 128)
	BYTE(8, 256)
	BYTE(0, 384)
	ADDQ $4, CODES
	ADDQ $512, T
	SUBQ $4, I
	JNZ  four
	END_PASS(pass)
