//go:build !purego

#include "load_avx2_amd64.h"

// FP8 (e4m3fn) rows to lanes: four elements a gather. A byte s eeee mmm at the
// top of a lane, shifted right by four with the copies of its sign cleared, is the
// f32 of its value times 2^-120, exactly (subnormals stay subnormal). One f32
// scale a row follows the codes.

#define BYTE(shift, offset) \
	VPSLLD $shift, Y0, Y1   \
	VPSRAD $4, Y1, Y1       \
	VPAND Y5, Y1, Y1      \
	VMULPS Y6, Y1, Y1     \
	VMULPS Y4, Y1, Y1     \
	VMOVUPS Y1, offset(T)

// func loadFP8AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadFP8AVX2(SB), NOSPLIT, $0-64
	ENTER
	MOVL $0x87f00000, AX
	VMOVD AX, X5
	VPBROADCASTD X5, Y5
	MOVL $0x7b800000, AX
	VMOVD AX, X6
	VPBROADCASTD X6, Y6 // 2^120

pass:
	BEGIN_PASS
	LEAQ (ROWS)(DIM*1), SCALE
	GATHER(SCALE, Y4)

four:
	GATHER(CODES, Y0)
	BYTE(24, 0)
	BYTE(16, 128)
	BYTE(8, 256)
	BYTE(0, 384)
	ADDQ $4, CODES
	ADDQ $512, T
	SUBQ $4, I
	JNZ  four
	END_PASS(pass)
