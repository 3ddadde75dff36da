// Shared by the AVX2 kernels that multiply f32 rows: 16 rows of W times 3, 2 or 1 tokens
// at a time, with their sums in registers. Columns come into LO (rows 0-7) and HI (8-15)
// one after the other; A multiplies even columns, B odd ones, given the offset of the
// column's value in a token's row. The two chains are the same for any number of
// tokens, so that a row gives the same bits alone and in a batch.
//
// More than 3 tokens go over a short stretch of the columns pass by pass, and every pass
// fetches its part of the stretch ahead: memory delivers all the time, not only while the
// first pass waits for it. Between passes the chains are in memory.
//
// A column of 3 tokens is 6 FMA, 3 broadcasts and the unpacking: near the peak of FMA.
// With few tokens memory is the bound.

#include "stream_avx2_amd64.h"

#define TURNS CX
#define N R11
#define XSEGMENT R13
#define XTURN R14
#define CHAINS DI // of all tokens, 128 bytes each
#define LO Y12
#define HI Y13
#define VALUE Y14

#define MUL(x, lo, hi) \
	VBROADCASTSS (x)(XP), VALUE \
	VFMADD231PS LO, VALUE, lo   \
	VFMADD231PS HI, VALUE, hi

#define A1(x) MUL(x, Y0, Y1)
#define B1(x) MUL(x, Y2, Y3)
#define A2(x) \
	A1(x) \
	MUL(x+64, Y4, Y5)
#define B2(x) \
	B1(x) \
	MUL(x+64, Y6, Y7)
#define A3(x) \
	A2(x) \
	MUL(x+128, Y8, Y9)
#define B3(x) \
	B2(x) \
	MUL(x+128, Y10, Y11)

// MOVE1 to MOVE3 load or save the chains of so many tokens.
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
	MOVQ Call_Tokens(CALL), AX \
	SUBQ left-8(SP), AX        \
	SHLQ $7, AX                \
	ADDQ CHAINS, AX

// FETCH fetches 2 or 4 lines of the stretch ahead, from offset at on. The several streams
// that few tokens read in one pass are left to hardware prefetchers.
#define FETCH(at) \
	TESTQ NEAR, NEAR               \
	JEQ 5(PC)                      \
	PREFETCHT0 (at)(WP)(NEAR*1)    \
	PREFETCHT0 (at+64)(WP)(NEAR*1) \
	PREFETCHT0 (at)(WP)(FAR*1)     \
	PREFETCHT0 (at+64)(WP)(FAR*1)

// ENTER_FLOAT begins a kernel with turns of so many columns and bytes, in stretches of
// at most some turns with few tokens, and of others with more.
#define ENTER_FLOAT(columns, bytes, few, some, others, frame) \
	MOVQ c+0(FP), CALL             \
	LEAQ memory-frame(SP), CHAINS  \
	ADDQ $63, CHAINS               \
	ANDQ $~63, CHAINS              \
	MOVQ Call_W(CALL), W           \
	MOVQ Call_X(CALL), X           \
	SEGMENTS(columns, bytes)       \
	MOVQ TURNS, turns-16(SP)       \
	MOVQ Call_Streams(CALL), AX    \
	MOVQ AX, steps-56(SP)          \
	MOVQ Call_Tokens(CALL), XTURN  \
	IMUL3Q $(4*columns), XTURN, XTURN \
	MOVQ TURNS, XSEGMENT           \
	IMULQ XTURN, XSEGMENT          \
	VXORPS Y0, Y0, Y0              \
	MOVQ CHAINS, AX                \
	MOVQ Call_Tokens(CALL), N      \
clear:                                 \
	VMOVAPS Y0, (AX)               \
	VMOVAPS Y0, 32(AX)             \
	VMOVAPS Y0, 64(AX)             \
	VMOVAPS Y0, 96(AX)             \
	ADDQ $128, AX                  \
	DECQ N                         \
	JNZ  clear                     \
	XORL NEAR, NEAR                \
	MOVQ $some, AX                 \
	CMPQ Call_Tokens(CALL), $few   \
	JLE  2(PC)                     \
	MOVQ $others, AX               \
	MOVQ AX, most-64(SP)

// STRETCH begins a stretch.
#define STRETCH(few, bytes) \
stretch:                               \
	MOVQ W, w-24(SP)               \
	MOVQ X, x-32(SP)               \
	MOVQ turns-16(SP), TURNS       \
	CMPQ TURNS, most-64(SP)        \
	CMOVQGT most-64(SP), TURNS     \
	MOVQ Call_Tokens(CALL), AX     \
	MOVQ AX, left-8(SP)            \
	CMPQ AX, $few                  \
	JLE  fetched                   \
	AHEAD(bytes)                   \
fetched:                               \
	MOVQ TURNS, stretch-40(SP)

// PASSES begins a pass with some of the tokens left: 4 are 2 and 2, 5 are 3 and 2.
#define PASSES \
pass:                                  \
	MOVQ w-24(SP), W               \
	CHAIN                          \
	MOVQ AX, X                     \
	SUBQ CHAINS, X                 \
	SHRQ $1, X                     \
	ADDQ x-32(SP), X               \
	MOVQ stretch-40(SP), TURNS     \
	CMPQ left-8(SP), $1            \
	JEQ  one                       \
	CMPQ left-8(SP), $3            \
	JEQ  three                     \
	CMPQ left-8(SP), $5            \
	JGE  three                     \
	JMP  two

// AHEAD points NEAR and FAR at the lines that the first pass fetches: beyond the stretch
// or, in the last one, in the panel that is read next.
#define AHEAD(bytes) \
	IMUL3Q $bytes, TURNS, NEAR    \
	CMPQ TURNS, turns-16(SP)      \
	JNE  10(PC)                   \
	MOVQ Call_Streams(CALL), AX   \
	IMULQ SEGMENT, AX             \
	ADDQ AX, NEAR                 \
	SUBQ SEGMENT, NEAR            \
	MOVQ Call_W(CALL), WP         \
	ADDQ AX, WP                   \
	CMPQ WP, Call_End(CALL)       \
	JNE  2(PC)                    \
	ADDQ Call_Jump(CALL), NEAR    \
	MOVQ $128, AX                 \
	MOVQ AX, lines-48(SP)         \
	MOVQ NEAR, FAR                \
	CMPQ Call_Tokens(CALL), $9    \
	JGT  3(PC)                    \
	ADDQ AX, lines-48(SP)         \
	ADDQ AX, FAR

#define PASS(loop, stream, tokens, bytes, COLUMNS, A, B, MOVE) \
	MOVE(LOAD)               \
loop:                            \
	MOVQ W, WP               \
	MOVQ X, XP               \
	MOVQ steps-56(SP), N     \
stream:                          \
	COLUMNS(A, B)            \
	ADDQ SEGMENT, WP         \
	ADDQ XSEGMENT, XP        \
	DECQ N                   \
	JNZ  stream              \
	ADDQ $bytes, W           \
	ADDQ XTURN, X            \
	DECQ TURNS               \
	JNZ  loop                \
	CHAIN                    \
	MOVE(SAVE)               \
	SUBQ $tokens, left-8(SP) \
	JEQ  next                \
	ADDQ lines-48(SP), NEAR  \
	ADDQ lines-48(SP), FAR   \
	JMP pass

// NEXT goes on with the next stretch.
#define NEXT \
next:                         \
	MOVQ stretch-40(SP), AX \
	MOVQ AX, X              \
	IMULQ XTURN, X          \
	ADDQ x-32(SP), X        \
	SUBQ AX, turns-16(SP)   \
	JNZ  stretch

#define NONE

// RESULTS adds up the chains and stores the sums; ROWS may do something with them.
#define RESULTS(ROWS) \
	MOVQ Call_Y(CALL), AX      \
	MOVQ Call_Stride(CALL), DX \
	SHLQ $2, DX                \
	MOVQ Call_Tokens(CALL), N  \
results:                           \
	VMOVAPS (CHAINS), LO       \
	VMOVAPS 32(CHAINS), HI     \
	VADDPS 64(CHAINS), LO, LO  \
	VADDPS 96(CHAINS), HI, HI  \
	ROWS                       \
	VMOVUPS LO, (AX)           \
	VMOVUPS HI, 32(AX)         \
	ADDQ DX, AX                \
	SUBQ $-128, CHAINS         \
	DECQ N                     \
	JNZ  results               \
	VZEROUPPER                 \
	RET
