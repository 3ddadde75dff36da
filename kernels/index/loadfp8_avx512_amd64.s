//go:build !purego

#include "load_avx512_amd64.h"

// FP8 (e4m3fn) rows to lanes: 16 elements a quad, four in each register. A byte
// s eeee mmm at the top of a lane, shifted right by four with the copies of its sign
// cleared, is the f32 of its value times 2^-120, exactly (subnormals stay
// subnormal). One f32 scale a row follows the codes. 256 bytes that become 1024 are 8 shuffles
// and 16 times 5 operations, which bound it.

#define BYTE(z, shift, offset) \
	VPSLLD $shift, z, Z8    \
	VPSRAD $4, Z8, Z8       \
	VPANDD Z10, Z8, Z8       \
	VMULPS Z11, Z8, Z8      \
	VMULPS Z9, Z8, Z8       \
	VMOVUPS Z8, offset(T)

#define FOUR(z) \
	BYTE(z, 24, 0)  \
	BYTE(z, 16, 128) \
	BYTE(z, 8, 256) \
	BYTE(z, 0, 384) \
	ADDQ $512, T

// func loadFP8AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadFP8AVX512(SB), NOSPLIT, $0-64
	ENTER
	MOVL $0x87f00000, AX
	VPBROADCASTD AX, Z10
	MOVL $0x7b800000, AX
	VPBROADCASTD AX, Z11 // 2^120

	FP8_PASS(Z9)
	END_PASS(pass)
