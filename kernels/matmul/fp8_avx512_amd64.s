//go:build !purego

#include "float_avx512_amd64.h"

// FP8 (e4m3fn) times f32 rows: 256 bytes and 512 FLOP a token per turn of 16 columns, with
// one scale per 128 columns.
//
// A byte s eeee mmm in the upper half of a 16-bit word, shifted right by one with its sign
// and cleared of bit 14, is the f16 of its value times 2^-8: the exponents differ by a bias
// of 15-7, and subnormals stay subnormal. So three shifts and two masks make 64 f16 of a
// line; the missing 2^8 joins the block's scale. They lie in a buffer for a moment: a
// conversion to f32 from memory takes half the operations of one from a register. Weights
// stay exact.
//
// 9 operations for 4 columns beside the products: with 12 tokens 84 % of the peak of FMA.
// Sums begin anew every 64 columns, twice a scale, so that with one token the chains of
// the next 64 run beside those of the last.

#define MASK Z4
#define SCALE Z5
#define BUFFER DI
#define S DX
#define TURNS R15 // of 16 columns, left in this block of 128

DATA fp8Missing<>+0(SB)/4, $0x23800000 // 2^8 / F32Up
GLOBL fp8Missing<>(SB), RODATA|NOPTR, $4

// UNPACK turns a line into the columns k, k+1 (low bytes) and k+2, k+3 (high); each line
// of a turn has its own place in the buffer.
#define UNPACK(from) \
	VMOVDQU32 (from)(W), Z1           \
	VPSLLW $8, Z1, Z0                 \
	VPSRAW $1, Z1, Z1                 \
	VPSRAW $1, Z0, Z0                 \
	VPANDD MASK, Z1, Z1               \
	VPANDD MASK, Z0, Z0               \
	VMOVDQU32 Z0, (2*from)(BUFFER)    \
	VMOVDQU32 Z1, (2*from+64)(BUFFER) \
	VCVTPH2PS (2*from)(BUFFER), Z0    \
	VCVTPH2PS (2*from+32)(BUFFER), Z1 \
	VCVTPH2PS (2*from+64)(BUFFER), Z2 \
	VCVTPH2PS (2*from+96)(BUFFER), Z3

// ADD adds the scaled sums to the results of the token and begins new ones.
#define ADD(t, even, odd) \
	VADDPS odd, even, Z0       \
	VFMADD213PS (Y), SCALE, Z0 \
	VMOVUPS Z0, (Y)            \
	ADDQ $64, Y             \
	ZERO(t, even, odd)

#define CLEAR(t, even, odd) \
	VMOVUPS even, (Y) \
	ADDQ $64, Y

// func fp8AVX512(c *Call)
TEXT ·fp8AVX512(SB), NOSPLIT, $576-8
	ENTER_FLOAT
	MOVQ W, S
	SCALES_AHEAD(1, PREFETCHT0 (NEAR), DI, scales)
	LEAQ buffer-512(SP), BUFFER
	ANDQ $~63, BUFFER
	MOVL $0xbf80bf80, AX
	VPBROADCASTD AX, MASK
	RESULTS
	EACH(CLEAR, cleared)

block:
	VPBROADCASTD (S), SCALE
	VMULPS.BCST fp8Missing<>(SB), SCALE, SCALE
	ADDQ $4, S
	MOVQ $8, TURNS

turn:
	AIM
	FETCH4(0)
	QUARTER(0, end0)
	QUARTER(64, end1)
	QUARTER(128, end2)
	QUARTER(192, end3)
	ADDQ $256, W
	ADDQ XSTEP, X
	DECQ TURNS
	TESTQ $3, TURNS
	JNZ  turn
	RESULTS
	EACH(ADD, added)
	TESTQ TURNS, TURNS
	JNZ  turn
	SUBQ $8, BLOCKS
	JNZ  block
	VZEROUPPER
	RET
