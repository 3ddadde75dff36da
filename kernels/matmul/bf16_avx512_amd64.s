//go:build !purego

#include "kernel_amd64.h"
#include "float_avx512_amd64.h"

// BF16 times f32 rows: 16 columns are 8 lines of pairs, 512 bytes and 512 FLOP a
// token. The low half of a lane becomes an f32 by a shift, the high half by a
// mask: 16 operations beside the products. Weights stay exact.

#define HIGH Z31

#define UNPACK(offset, even, odd) \
	VPSLLD $16, offset(W), even \
	VPANDD offset(W), HIGH, odd

// func bf16AVX512(c *Call)
TEXT ·bf16AVX512(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	MOVL $0xffff0000, AX
	VPBROADCASTD AX, HIGH
	CLEAR_AVX512(zero)

group:
	FETCH8
	UNPACK(0, Z0, Z1)
	UNPACK(64, Z2, Z3)
	UNPACK(128, Z4, Z5)
	UNPACK(192, Z6, Z7)
	UNPACK(256, Z8, Z9)
	UNPACK(320, Z10, Z11)
	UNPACK(384, Z12, Z13)
	UNPACK(448, Z14, Z15)
	TOKENS_BEGIN(token)
	DOT_AVX512
	ADD_AVX512
	TOKENS_END(token)
	ADDQ $512, W
	DECQ BLOCKS
	JNZ  group
	VZEROUPPER
	RET
