//go:build !purego

#include "float_avx2_amd64.h"

// FP8 (e4m3fn) times f32 rows: 512 bytes and 1024 FLOP a token per turn of 32 columns.
//
// A byte s eeee mmm at the top of a lane, shifted right by four with its sign and cleared
// of the three copies, is the f32 of its value times 2^-120: the exponents differ by a
// bias of 127-7, and subnormals stay subnormal. So 8 operations make two columns. What
// lacks is given to the rows of X, which get the scale and 2^80 at the beginning of a
// turn: sums are 2^-40 times the results and far from both ends of f32. LO has the even
// rows, HI the odd ones; they stay apart until the end.
//
// Of more than two tokens, the first two leave the columns of a turn in a buffer, where
// the others, 3 or 2 at a time, find them.

#define MASK Y9
#define EVEN Y10
#define ODD Y11
#define BUFFER DI
#define XGROUP R14 // bytes of 16 columns of X

// The buffer has the columns of a turn, the rows of X scaled, the chains of all tokens.
#define XROWS 8192
#define CHAINS 14336

// UNPACK multiplies bytes with 16 and 0, which leaves one of two, sign-extended.
#define UNPACK(from, factors) \
	VPMADDUBSW (from)(WP), factors, LO \
	VPAND LO, MASK, HI                 \
	VPSLLD $16, LO, LO                 \
	VPAND LO, MASK, LO

// Of 4 columns, the even bytes have k and k+1, the odd ones k+2 and k+3.
#define LOW(from) UNPACK(from, EVEN)
#define HIGH(from) UNPACK(from, ODD)

// KEEPLOW and KEEPHIGH put columns where GETLOW and GETHIGH find them.
#define KEEPLOW(from) \
	LOW(from)                          \
	VMOVAPS LO, (4*(from))(BUFFER)     \
	VMOVAPS HI, (4*(from)+32)(BUFFER)
#define KEEPHIGH(from) \
	HIGH(from)                         \
	VMOVAPS LO, (4*(from)+64)(BUFFER)  \
	VMOVAPS HI, (4*(from)+96)(BUFFER)
#define GETLOW(from) \
	VMOVAPS (4*(from))(BUFFER), LO     \
	VMOVAPS (4*(from)+32)(BUFFER), HI
#define GETHIGH(from) \
	VMOVAPS (4*(from)+64)(BUFFER), LO  \
	VMOVAPS (4*(from)+96)(BUFFER), HI

#define COLUMNS4(LOW, HIGH, from, x, A, B) \
	LOW(from)     \
	A(x)          \
	HIGH(from)    \
	B(x+8)        \
	LOW(from+32)  \
	A(x+4)        \
	HIGH(from+32) \
	B(x+12)

#define COLUMNS16(LOW, HIGH, from, A, B) \
	COLUMNS4(LOW, HIGH, from, 0, A, B)      \
	COLUMNS4(LOW, HIGH, from+64, 16, A, B)  \
	COLUMNS4(LOW, HIGH, from+128, 32, A, B) \
	COLUMNS4(LOW, HIGH, from+192, 48, A, B) \
	ADDQ XGROUP, XP

// PASS multiplies the columns of a turn with the tokens at XP.
#define PASS(stream, LOW, HIGH, FETCH, A, B) \
	MOVQ Call_Streams(CALL), N      \
stream:                                 \
	FETCH                           \
	COLUMNS16(LOW, HIGH, 0, A, B)   \
	COLUMNS16(LOW, HIGH, 256, A, B) \
	ADDQ SEGMENT, WP                \
	ADDQ $2048, BUFFER              \
	DECQ N                          \
	JNZ  stream                     \
	MOVQ buffer-40(SP), BUFFER

#define FETCH8 \
	FETCH4(0)   \
	FETCH4(256)

#define NONE

// MOVE1 to MOVE3 load or store the chains of so many tokens.
#define MOVE1(MOVE) \
	MOVE(0, Y0)  \
	MOVE(32, Y1) \
	MOVE(64, Y2) \
	MOVE(96, Y3)
#define MOVE2(MOVE) \
	MOVE1(MOVE)   \
	MOVE(128, Y4) \
	MOVE(160, Y5) \
	MOVE(192, Y6) \
	MOVE(224, Y7)
#define MOVE3(MOVE) \
	MOVE2(MOVE)    \
	MOVE(256, Y8)  \
	MOVE(288, Y9)  \
	MOVE(320, Y10) \
	MOVE(352, Y11)
#define LOAD(at, y) VMOVAPS at(AX), y
#define SAVE(at, y) VMOVAPS y, at(AX)

// CHAIN points AX at the chains of the tokens left.
#define CHAIN \
	MOVQ Call_Tokens(CALL), AX     \
	SUBQ left-8(SP), AX            \
	SHLQ $7, AX                    \
	LEAQ CHAINS(BUFFER)(AX*1), AX

// TAKE branches to how many of the tokens left are next: 4 are 2 and 2, 5 are 3 and 2.
#define TAKE(one, two, three) \
	CMPQ left-8(SP), $1 \
	JEQ  one            \
	CMPQ left-8(SP), $3 \
	JEQ  three          \
	CMPQ left-8(SP), $5 \
	JGE  three          \
	JMP  two

#define SHARE(stream, tokens, A, B, MOVE) \
	MOVE(LOAD)                                \
	PASS(stream, GETLOW, GETHIGH, NONE, A, B) \
	CHAIN                                     \
	MOVE(SAVE)                                \
	SUBQ $tokens, left-8(SP)                  \
	JNZ  share                                \
	JMP  next

// RESULTS joins the chains of some tokens and stores their sums.
#define RESULTS(tokens, MOVE, JOIN, EACH) \
	MOVE(LOAD)               \
	JOIN                     \
	Y_BEGIN                  \
	EACH(ROWS)               \
	MOVQ Y, y-16(SP)         \
	SUBQ $tokens, left-8(SP) \
	JNZ  results             \
	VZEROUPPER               \
	RET

#define ROWS(lo, hi) \
	VUNPCKLPS hi, lo, LO         \
	VUNPCKHPS hi, lo, HI         \
	VMULPS LO, VALUE, LO         \
	VMULPS HI, VALUE, HI         \
	VPERM2F128 $0x20, HI, LO, lo \
	VPERM2F128 $0x31, HI, LO, hi \
	STORE(lo, hi)

#define BROADCAST(bits, x, y) \
	MOVL $bits, AX \
	VMOVD AX, x \
	VPBROADCASTD x, y

// func fp8AVX2(c *Call)
TEXT ·fp8AVX2(SB), 0, $16000-8
	ENTER_FLOAT
	LEAQ memory-16000(SP), BUFFER
	ADDQ $63, BUFFER
	ANDQ $~63, BUFFER
	MOVQ BUFFER, buffer-40(SP)
	MOVL $0x67800000, big-32(SP) // 2^80
	MOVQ x-24(SP), X
	MOVQ Call_W(CALL), W
	SEGMENTS(32, 512)
	MOVQ Call_Tokens(CALL), XGROUP
	SHLQ $6, XGROUP
	LEAQ -1(TURNS), XSEGMENT
	IMULQ XGROUP, XSEGMENT
	ADDQ XSEGMENT, XSEGMENT
	CLEAR
	LEAQ CHAINS(BUFFER), AX
	MOVE3(SAVE)
	ADDQ $384, AX
	MOVE3(SAVE)
	ADDQ $384, AX
	MOVE3(SAVE)
	ADDQ $384, AX
	MOVE3(SAVE)

turn:
	AIM(512)
	BROADCAST(0x87f00000, X9, MASK)
	BROADCAST(0x00100010, X10, EVEN)
	VPSLLW $8, EVEN, ODD
	MOVQ W, WP
	MOVQ X, XP
	MOVQ Call_Streams(CALL), N

scale:
	MOVQ WP, AX
	SUBQ Call_W(CALL), AX
	SHRQ $11, AX
	SHLQ $2, AX
	ADDQ Call_S(CALL), AX
	VMOVSS (AX), X14
	VMULSS big-32(SP), X14, X14
	VBROADCASTSS X14, VALUE
	MOVQ Call_Tokens(CALL), AX
	MOVQ AX, left-8(SP)

rows:
	VMULPS (XP), VALUE, LO
	VMULPS 32(XP), VALUE, HI
	VMOVAPS LO, XROWS(BUFFER)
	VMOVAPS HI, (XROWS+32)(BUFFER)
	VMULPS 64(XP), VALUE, LO
	VMULPS 96(XP), VALUE, HI
	VMOVAPS LO, (XROWS+64)(BUFFER)
	VMOVAPS HI, (XROWS+96)(BUFFER)
	PREFETCHT0 (XP)(XGROUP*2)
	PREFETCHT0 64(XP)(XGROUP*2)
	ADDQ $128, XP
	ADDQ $128, BUFFER
	DECQ AX
	JNZ  rows
	ADDQ SEGMENT, WP
	ADDQ XSEGMENT, XP
	DECQ N
	JNZ  scale
	MOVQ buffer-40(SP), BUFFER

	MOVQ W, WP
	LEAQ XROWS(BUFFER), XP
	CHAIN
	CMPQ left-8(SP), $2
	JEQ  two
	JGT  three
	MOVE1(LOAD)
	PASS(only1, LOW, HIGH, FETCH8, A1, B1)
	CHAIN
	MOVE1(SAVE)
	JMP next

two:
	MOVE2(LOAD)
	PASS(only2, LOW, HIGH, FETCH8, A2, B2)
	CHAIN
	MOVE2(SAVE)
	JMP next

three:
	MOVE2(LOAD)
	PASS(first2, KEEPLOW, KEEPHIGH, FETCH8, A2, B2)
	CHAIN
	MOVE2(SAVE)
	SUBQ $2, left-8(SP)

share:
	MOVQ Call_Tokens(CALL), AX
	SUBQ left-8(SP), AX
	SHLQ $6, AX
	LEAQ XROWS(BUFFER)(AX*1), XP
	CHAIN
	TAKE(share1, share2, share3)

share1:
	SHARE(stream1, 1, A1, B1, MOVE1)

share2:
	SHARE(stream2, 2, A2, B2, MOVE2)

share3:
	SHARE(stream3, 3, A3, B3, MOVE3)

next:
	ADDQ $512, W
	LEAQ (X)(XGROUP*2), X
	DECQ TURNS
	JNZ  turn

	BROADCAST(0x53800000, X14, VALUE) // 2^40
	MOVQ Call_Tokens(CALL), AX
	MOVQ AX, left-8(SP)
	CHAIN
	CMPQ left-8(SP), $1
	JNE  results2

results:
	CHAIN
	TAKE(results1, results2, results3)

results1:
	RESULTS(1, MOVE1, JOIN1, EACH1)

results2:
	RESULTS(2, MOVE2, JOIN2, EACH2)

results3:
	RESULTS(3, MOVE3, JOIN3, EACH3)
