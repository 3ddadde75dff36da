//go:build !purego

#include "load_avx2_amd64.h"

// FP8 (e4m3fn) rows to lanes: 16 elements a quad, four in each register. A byte
// s eeee mmm at the top of a lane, shifted right by four with the copies of its sign
// cleared, is the f32 of its value times 2^-120, exactly (subnormals stay
// subnormal). One f32 scale a row follows the codes. 128 bytes that become 512 are 8 shuffles
// and 16 times 5 operations, which bound it.

#define BYTE(y, shift, offset) \
	VPSLLD $shift, y, Y8    \
	VPSRAD $4, Y8, Y8       \
	VPAND Y10, Y8, Y8       \
	VMULPS Y11, Y8, Y8      \
	VMULPS Y9, Y8, Y8       \
	VMOVUPS Y8, offset(T)

#define FOUR(y) \
	BYTE(y, 24, 0)  \
	BYTE(y, 16, 128) \
	BYTE(y, 8, 256) \
	BYTE(y, 0, 384) \
	ADDQ $512, T

// func loadFP8AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadFP8AVX2(SB), NOSPLIT, $0-64
	ENTER
	MOVL $0x87f00000, AX
	VMOVD AX, X10
	VPBROADCASTD X10, Y10
	MOVL $0x7b800000, AX
	VMOVD AX, X11
	VPBROADCASTD X11, Y11 // 2^120

pass:
	BEGIN_PASS
	LEAQ (ROWS)(DIM*1), SCALE
	GATHER(SCALE, Y9)

sixteen:
	SUBQ $16, I
	JLT  rest
	QUAD
	FOUR(Y0)
	FOUR(Y1)
	FOUR(Y2)
	FOUR(Y3)
	JMP sixteen

rest:
	ADDQ $16, I
	JZ   next

four:
	GATHER(CODES, Y0)
	ADDQ $4, CODES
	FOUR(Y0)
	SUBQ $4, I
	JNZ  four

next:
	END_PASS(pass)
