//go:build !purego

#include "float_avx2_amd64.h"

// FP8 (e4m3fn) times f32 rows: 512 bytes and 1024 FLOP a token per turn of 32 columns.
//
// A byte s eeee mmm at the top of a lane, shifted right by four with its sign and cleared
// of the three copies, is the f32 of its value times 2^-120: the exponents differ by a
// bias of 127-7, and subnormals stay subnormal. Its upper half is enough: a column of 16
// rows is 16 words, the even rows become f32 by a shift, the odd ones by a mask. They
// stay apart until the end.
//
// What lacks is given to the rows of X, which get the scale and 2^80 at the beginning of
// a stretch: sums are 2^-40 times the results and far from both ends of f32.
//
// One or two tokens are multiplied with columns straight from memory. For more, the words
// of a stretch are left in a buffer first. The passes over it are near the peak of FMA;
// of the time of 12 tokens, scaling X takes a seventh and unpacking a tenth.

#define MASK Y9
#define EVEN Y10
#define ODD Y11
#define BIG Y8
#define HIGH Y15 // the odd rows

// Behind the chains are the words of a stretch and the rows of X scaled.
#define WORDS 1536
#define XROWS (WORDS+4096)

// DIRECT multiplies a column: bytes times 16 and 0 leave one of two, sign-extended.
#define DIRECT(from, factors, x, A) \
	VPMADDUBSW (from)(WP), factors, LO \
	VPAND LO, MASK, LO                 \
	VPAND LO, HIGH, HI                 \
	VPSLLD $16, LO, LO                 \
	A(x)

// Of 4 columns, the even bytes have k and k+1, the odd ones k+2 and k+3. Unpacking takes too
// long for hardware prefetchers: each line fetches another. Beyond its end a segment
// fetches the beginning of the next, which is of use to every second one.
#define DIRECT4(from, x, A, B) \
	PREFETCHT0 (from)(WP)(NEAR*1) \
	DIRECT(from, EVEN, x, A)      \
	DIRECT(from, ODD, x+8, B)     \
	DIRECT(from+32, EVEN, x+4, A) \
	DIRECT(from+32, ODD, x+12, B)

#define DIRECT32(group, A, B) \
	DIRECT4(0, 0, A, B)          \
	DIRECT4(64, 16, A, B)        \
	DIRECT4(128, 32, A, B)       \
	DIRECT4(192, 48, A, B)       \
	DIRECT4(256, group, A, B)    \
	DIRECT4(320, group+16, A, B) \
	DIRECT4(384, group+32, A, B) \
	DIRECT4(448, group+48, A, B)

#define ALONE(A, B) DIRECT32(64, A, B)
#define COUPLE(A, B) DIRECT32(128, A, B)

// UNPACK4 leaves the words of 4 columns in the buffer, in the order of DIRECT4.
#define UNPACK4(from) \
	VPMADDUBSW (from)(WP), EVEN, Y0    \
	VPMADDUBSW (from)(WP), ODD, Y1     \
	VPMADDUBSW (from+32)(WP), EVEN, Y2 \
	VPMADDUBSW (from+32)(WP), ODD, Y3  \
	VPAND Y0, MASK, Y0                 \
	VPAND Y1, MASK, Y1                 \
	VPAND Y2, MASK, Y2                 \
	VPAND Y3, MASK, Y3                 \
	VMOVAPS Y0, (2*(from))(X)          \
	VMOVAPS Y1, (2*(from)+32)(X)       \
	VMOVAPS Y2, (2*(from)+64)(X)       \
	VMOVAPS Y3, (2*(from)+96)(X)

#define COLUMN(from, x, A) \
	VMOVAPS (from)(WP), LO \
	VPAND LO, HIGH, HI     \
	VPSLLD $16, LO, LO     \
	A(x)

#define COLUMNS4(from, x, A, B) \
	COLUMN(from, x, A)       \
	COLUMN(from+32, x+8, B)  \
	COLUMN(from+64, x+4, A)  \
	COLUMN(from+96, x+12, B)

#define COLUMNS(A, B) \
	COLUMNS4(0, 0, A, B)    \
	COLUMNS4(128, 16, A, B) \
	COLUMNS4(256, 32, A, B) \
	COLUMNS4(384, 48, A, B)

// ROWS puts the rows in order and scales them.
#define ROWS \
	VUNPCKLPS HI, LO, Y0       \
	VUNPCKHPS HI, LO, Y1       \
	VMULPS BIG, Y0, Y0         \
	VMULPS BIG, Y1, Y1         \
	VPERM2F128 $0x20, Y1, Y0, LO \
	VPERM2F128 $0x31, Y1, Y0, HI

#define BROADCAST(bits, x, y) \
	MOVL $bits, AX \
	VMOVD AX, x \
	VPBROADCASTD x, y

// func fp8AVX2(c *Call)
TEXT ·fp8AVX2(SB), 0, $12096-8
	ENTER_FLOAT(32, 512, 2, 6, 1, 12096)
	MOVQ SEGMENT, segment-72(SP)
	MOVQ XSEGMENT, xsegment-80(SP)
	BROADCAST(0xffff0000, X15, HIGH)
	MOVQ Call_Near(CALL), NEAR
	SHRQ $1, NEAR // of each of two streams

	STRETCH(2, 512)
	BROADCAST(0x67800000, X8, BIG) // 2^80
	BROADCAST(0x87f087f0, X9, MASK)
	BROADCAST(0x00100010, X10, EVEN)
	VPSLLW $8, EVEN, ODD
	MOVQ W, first-88(SP)
	MOVQ X, xfirst-96(SP)
	MOVQ CHAINS, XP
	MOVQ Call_Streams(CALL), N

segment:
	MOVQ W, WP
	MOVQ X, xnext-104(SP)
	MOVQ stretch-40(SP), TURNS

scale:
	MOVQ WP, AX
	SUBQ Call_W(CALL), AX
	SHRQ $11, AX
	SHLQ $2, AX
	ADDQ Call_S(CALL), AX
	VBROADCASTSS (AX), VALUE
	VMULPS BIG, VALUE, VALUE
	MOVQ Call_Tokens(CALL), AX

rows:
	VMULPS (X), VALUE, Y0
	VMULPS 32(X), VALUE, Y1
	VMULPS 64(X), VALUE, Y2
	VMULPS 96(X), VALUE, Y3
	VMOVAPS Y0, XROWS(XP)
	VMOVAPS Y1, (XROWS+32)(XP)
	VMOVAPS Y2, (XROWS+64)(XP)
	VMOVAPS Y3, (XROWS+96)(XP)
	PREFETCHT0 (X)(XTURN*1)
	PREFETCHT0 64(X)(XTURN*1)
	SUBQ $-128, X
	SUBQ $-128, XP
	DECQ AX
	JNZ  rows
	ADDQ $512, WP
	DECQ TURNS
	JNZ  scale
	ADDQ SEGMENT, W
	MOVQ xnext-104(SP), X
	ADDQ xsegment-80(SP), X
	DECQ N
	JNZ  segment

	LEAQ XROWS(CHAINS), X
	MOVQ X, x-32(SP)
	MOVQ XTURN, XSEGMENT
	IMULQ stretch-40(SP), XSEGMENT
	MOVQ Call_Streams(CALL), N
	MOVQ N, steps-56(SP)
	CMPQ left-8(SP), $2
	JLE  pass
	MOVQ first-88(SP), W
	MOVQ W, WP
	LEAQ WORDS(CHAINS), X
	MOVQ X, w-24(SP)
	SHRQ $1, XSEGMENT
	SHLQ $1, steps-56(SP)

unpack:
	PREFETCHT0 (WP)(NEAR*1)
	PREFETCHT0 64(WP)(NEAR*1)
	PREFETCHT0 128(WP)(NEAR*1)
	PREFETCHT0 192(WP)(NEAR*1)
	PREFETCHT0 256(WP)(NEAR*1)
	PREFETCHT0 320(WP)(NEAR*1)
	PREFETCHT0 384(WP)(NEAR*1)
	PREFETCHT0 448(WP)(NEAR*1)
	UNPACK4(0)
	UNPACK4(64)
	UNPACK4(128)
	UNPACK4(192)
	UNPACK4(256)
	UNPACK4(320)
	UNPACK4(384)
	UNPACK4(448)
	ADDQ SEGMENT, WP
	ADDQ $1024, X
	DECQ N
	JNZ  unpack
	MOVQ $512, SEGMENT

	PASSES

one:
	PASS(turn1, stream1, 1, 512, ALONE, A1, B1, MOVE1)

two:
	CMPQ Call_Tokens(CALL), $2
	JEQ  both
	PASS(turn2, stream2, 2, 512, COLUMNS, A2, B2, MOVE2)

both:
	PASS(turnboth, streamboth, 2, 512, COUPLE, A2, B2, MOVE2)

three:
	PASS(turn3, stream3, 3, 512, COLUMNS, A3, B3, MOVE3)

next:
	MOVQ segment-72(SP), SEGMENT
	MOVQ stretch-40(SP), AX
	MOVQ AX, X
	IMULQ XTURN, X
	ADDQ xfirst-96(SP), X
	IMUL3Q $512, AX, W
	ADDQ first-88(SP), W
	SUBQ AX, turns-16(SP)
	JNZ  stretch
	BROADCAST(0x53800000, X8, BIG) // 2^40
	RESULTS(ROWS)
