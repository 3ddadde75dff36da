//go:build !purego

#include "pass_avx2_amd64.h"

// FP8 (e4m3fn) times f32 rows: 256 bytes and 512 FLOP a token per turn of 16 columns.
//
// A byte s eeee mmm at the top of a lane, shifted right by four with its sign and cleared
// of the three copies, is the f32 of its value times 2^-120: the exponents differ by a
// bias of 127-7, and subnormals stay subnormal. Of what lacks, 2^64 is in the rows of X (see
// Input), the rest joins the scale, by which the sums of a block of 128 columns are
// multiplied. A stretch is a block of one segment.
//
// A column of 16 rows is a byte of 16 words. The even rows become f32 by a shift, the odd
// ones by a mask: they stay apart until the end. Weights stay exact.
//
// 4 operations a column beside the products: six tokens reach 86 % of the peak of FMA, and
// one or two more take no longer in a pass of their own: it unpacks most of the time.

#define MASK Y15

DATA fp8Lacks<>+0(SB)/4, $0x5b800000 // 2^56
GLOBL fp8Lacks<>(SB), RODATA|NOPTR, $4

#define SPLIT \
	VPAND MASK, LO, HI \
	VPSLLD $16, LO, LO \
	VPAND MASK, LO, LO

#define X16(i) ((i)/2*16+(i)%2*4) // offset of the value in a row of 16

// EVEN multiplies a column in the lower bytes, which a byte further down are the upper ones;
// EVEN0 does so where nothing may lie before. ODD multiplies the second next column, in the
// upper bytes.
#define EVEN(i, A) \
	VMOVDQU (32*(i)-1)(WP), LO \
	VPSRAW $4, LO, LO          \
	SPLIT                      \
	A(X16(i))
#define EVEN0(i, A) \
	VMOVDQU (32*(i))(WP), LO \
	VPSLLW $8, LO, LO        \
	VPSRAW $4, LO, LO        \
	SPLIT                    \
	A(X16(i))
#define ODD(i, B) \
	VMOVDQU (32*(i))(WP), LO \
	VPSRAW $4, LO, LO        \
	SPLIT                    \
	B(X16(i)+8)

// LINE multiplies four columns. Unpacking takes too long for hardware prefetchers: each line
// fetches another.
#define LINE(i, FIRST, A, B) \
	PREFETCHT0 (64*(i))(WP)(NEAR*1) \
	FIRST(2*(i), A)                 \
	ODD(2*(i), B)                   \
	EVEN(2*(i)+1, A)                \
	ODD(2*(i)+1, B)

#define COLUMNS(A, B) \
	LINE(0, EVEN0, A, B) \
	LINE(1, EVEN, A, B)  \
	LINE(2, EVEN, A, B)  \
	LINE(3, EVEN, A, B)

#define HALF 128
#define FETCHES FETCH(0)

#define WSTEP $256
#define XSTEP XTURN
#define STEPS $8
#define BEGIN(at, y) VXORPS y, y, y
#define END(at, y) \
	VFMADD213PS at(AX), LO, y \
	VMOVAPS y, at(AX)
#define ENDING VBROADCASTSS scale-48(SP), LO

// ROWS puts the rows in order.
#define ROWS \
	VUNPCKLPS HI, LO, Y0         \
	VUNPCKHPS HI, LO, Y1         \
	VPERM2F128 $0x20, Y1, Y0, LO \
	VPERM2F128 $0x31, Y1, Y0, HI

// func fp8AVX2(c *Call)
TEXT ·fp8AVX2(SB), 0, $1664-8
	ENTER_FLOAT(128, 2048)
	MOVL $0x87f00000, AX
	VMOVD AX, X15
	VPBROADCASTD X15, MASK
	MOVQ W, w-24(SP)
	MOVQ X, x-32(SP)
	MOVQ $1, stretch-40(SP)
	SHRQ $3, XTURN

block:
	MOVQ Call_Streams(CALL), AX
	MOVQ AX, streams-56(SP)

segment:
	MOVQ $1, TURNS
	AHEAD(2048)
	MOVQ w-24(SP), AX
	MOVQ Call_W(CALL), DX
	SUBQ DX, AX
	SUBQ Call_Codes(CALL), AX
	SHRQ $11, AX
	VMOVSS fp8Lacks<>(SB), X12
	VMULSS (DX)(AX*4), X12, X12
	VMOVSS X12, scale-48(SP)
	PASSES(2048, 6)
	ADDQ SEGMENT, w-24(SP)
	ADDQ XSEGMENT, x-32(SP)
	DECQ streams-56(SP)
	JNZ  segment
	MOVQ Call_Streams(CALL), AX
	IMULQ SEGMENT, AX
	SUBQ $2048, AX
	SUBQ AX, w-24(SP)
	MOVQ Call_Streams(CALL), AX
	IMULQ XSEGMENT, AX
	SUBQ AX, x-32(SP)
	LEAQ (XTURN*8), AX
	ADDQ AX, x-32(SP)
	DECQ turns-16(SP)
	JNZ  block
	RESULTS(ROWS)
