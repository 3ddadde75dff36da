//go:build !purego

#include "kernel_amd64.h"
#include "float_avx512_amd64.h"

// FP8 (e4m3fn) times f32 rows: 16 columns are 4 lines, 256 bytes and 512 FLOP a
// token, with one scale per 128 columns.
//
// A byte s eeee mmm in the upper half of a 16-bit word, shifted right by one
// with its sign and cleared of bit 14, is the f16 of its value times 2^-8: the
// exponents differ by a bias of 15-7, and subnormals stay subnormal. So two
// shifts and a mask make 32 f16 of the even or odd bytes of a line; the missing
// 2^8 joins the block's scale. Weights stay exact.

#define MASK Z31
#define SCALE Z30

// UNPACK turns a line into the columns k, k+1 (low bytes) and k+2, k+3 (high).
#define UNPACK(offset, yc0, c0, c1, yc2, c2, c3) \
	VMOVDQU32 offset(W), c2      \
	VPSLLW $8, c2, c0            \
	VPSRAW $1, c2, c2            \
	VPSRAW $1, c0, c0            \
	VPANDD MASK, c2, c2          \
	VPANDD MASK, c0, c0          \
	VEXTRACTI64X4 $1, c0, Y16    \
	VEXTRACTI64X4 $1, c2, Y17    \
	VCVTPH2PS yc0, c0            \
	VCVTPH2PS yc2, c2            \
	VCVTPH2PS Y16, c1            \
	VCVTPH2PS Y17, c3

// func fp8AVX512(c *Call)
TEXT ·fp8AVX512(SB), NOSPLIT, $0-8
	ENTER_FLOAT
	MOVL $0xbf80bf80, AX
	VPBROADCASTD AX, MASK
	CLEAR_AVX512(zero)

block:
	VMOVSS (S), X20
	MOVL   $0x43800000, AX // 256
	VMOVD  AX, X21
	VMULSS X21, X20, X20
	VBROADCASTSS X20, SCALE
	ADDQ $4, S
	MOVQ $8, R15 // groups of 16 columns in a block of 128

group:
	FETCH4
	UNPACK(0, Y0, Z0, Z1, Y2, Z2, Z3)
	UNPACK(64, Y4, Z4, Z5, Y6, Z6, Z7)
	UNPACK(128, Y8, Z8, Z9, Y10, Z10, Z11)
	UNPACK(192, Y12, Z12, Z13, Y14, Z14, Z15)
	TOKENS_BEGIN(token)
	DOT_AVX512
	VMOVUPS (YT), Z20
	VFMADD231PS SCALE, Z16, Z20
	VMOVUPS Z20, (YT)
	TOKENS_END(token)
	ADDQ $256, W
	DECQ R15
	JNZ  group
	SUBQ $8, BLOCKS
	JNZ  block
	VZEROUPPER
	RET
