// Passes over a short stretch of the columns: up to six tokens at a time, first the even
// columns, then the odd ones, since a chain of six fills the registers. A column of six is
// 12 FMA, 6 broadcasts and the unpacking: near the peak of FMA, and loads to spare (three
// tokens with both chains in registers take 5 loads for 6 FMA). Between passes chains are
// in memory. Every pass fetches half a stretch, from the next one on: memory delivers all
// the time, not only while the first pass waits for it. With few tokens it is the bound.
//
// Files define, for a turn of 16 columns, EVEN and ODD, which multiply one of eight; COLUMNS,
// which multiplies all; FETCHES, the HALF fetched meanwhile. BEGIN and END are for one
// register of a chain and its sum, ENDING comes before END.

#include "float_avx2_amd64.h"

// FETCH fetches 2 lines.
#define FETCH(at) \
	PREFETCHT0 (at)(WP)(NEAR*1) \
	PREFETCHT0 (at+64)(WP)(NEAR*1)

#define EIGHT(FIRST, COLUMN, A) \
	FETCHES      \
	FIRST(0, A)  \
	COLUMN(1, A) \
	COLUMN(2, A) \
	COLUMN(3, A) \
	COLUMN(4, A) \
	COLUMN(5, A) \
	COLUMN(6, A) \
	COLUMN(7, A)

// ONE, TWO and THREE do something with both chains of so many tokens, given the place of
// their sums from AX on; FOUR to SIX with one chain.
#define TOKEN(DO, at, lo, hi) \
	DO(at, lo) \
	DO(at+32, hi)
#define ONE(DO) \
	TOKEN(DO, 0, Y0, Y1) \
	TOKEN(DO, ODDSUMS, Y6, Y7)
#define TWO(DO) \
	ONE(DO) \
	TOKEN(DO, 64, Y2, Y3) \
	TOKEN(DO, ODDSUMS+64, Y8, Y9)
#define THREE(DO) \
	TWO(DO) \
	TOKEN(DO, 128, Y4, Y5) \
	TOKEN(DO, ODDSUMS+128, Y10, Y11)
#define FOUR(DO, at) \
	TOKEN(DO, at, Y0, Y1)     \
	TOKEN(DO, at+64, Y2, Y3)  \
	TOKEN(DO, at+128, Y4, Y5) \
	TOKEN(DO, at+192, Y6, Y7)
#define FIVE(DO, at) \
	FOUR(DO, at) \
	TOKEN(DO, at+256, Y8, Y9)
#define SIX(DO, at) \
	FIVE(DO, at) \
	TOKEN(DO, at+320, Y10, Y11)
#define EVEN4(DO) FOUR(DO, 0)
#define EVEN5(DO) FIVE(DO, 0)
#define EVEN6(DO) SIX(DO, 0)
#define ODD4(DO) FOUR(DO, ODDSUMS)
#define ODD5(DO) FIVE(DO, ODDSUMS)
#define ODD6(DO) SIX(DO, ODDSUMS)

// PASS goes over the stretch with the first tokens left. Files define the inner loop: STEPS
// of WSTEP and XSTEP bytes.
#define PASS(loop, step, bytes, CHAINS, COLUMNS) \
	MOVQ Call_Tokens(CALL), AX \
	SUBQ left-8(SP), AX        \
	SHLQ $6, AX                \
	MOVQ w-24(SP), W           \
	MOVQ x-32(SP), X           \
	LEAQ 128(X)(AX*1), X       \
	ADDQ SUMS, AX              \
	CHAINS(BEGIN)              \
	MOVQ stretch-40(SP), TURNS \
loop:                              \
	MOVQ W, WP                 \
	MOVQ X, XP                 \
	MOVQ STEPS, N              \
step:                              \
	COLUMNS                    \
	ADDQ WSTEP, WP             \
	ADDQ XSTEP, XP             \
	DECQ N                     \
	JNZ  step                  \
	ADDQ $bytes, W             \
	ADDQ XTURN, X              \
	DECQ TURNS                 \
	JNZ  loop                  \
	ENDING                     \
	CHAINS(END)                \
	ADDQ $HALF, NEAR

// PASSES does the passes over a stretch. Tiles of seven tokens to halved begin with four: a
// pass over one or two has too few chains to keep the multipliers busy.
#define PASSES(bytes, halved) \
	MOVQ Call_Tokens(CALL), AX \
	MOVQ AX, left-8(SP)        \
pass:                              \
	CMPQ left-8(SP), $halved   \
	JGT  six                   \
	CMPQ left-8(SP), $6        \
	JGT  four                  \
	JEQ  six                   \
	CMPQ left-8(SP), $4        \
	JGT  five                  \
	JEQ  four                  \
	CMPQ left-8(SP), $2        \
	JGT  three                 \
	JEQ  two                   \
	PASS(turn1, step1, bytes, ONE, COLUMNS(A1, B1)) \
	JMP  next                  \
two:                               \
	PASS(turn2, step2, bytes, TWO, COLUMNS(A2, B2)) \
	JMP  next                  \
three:                             \
	PASS(turn3, step3, bytes, THREE, COLUMNS(A3, B3)) \
	JMP  next                  \
four:                              \
	PASS(even4, evens4, bytes, EVEN4, EIGHT(EVEN0, EVEN, AB4)) \
	PASS(odd4, odds4, bytes, ODD4, EIGHT(ODD, ODD, AB4)) \
	SUBQ $4, left-8(SP)        \
	JNE  pass                  \
	JMP  next                  \
five:                              \
	PASS(even5, evens5, bytes, EVEN5, EIGHT(EVEN0, EVEN, AB5)) \
	PASS(odd5, odds5, bytes, ODD5, EIGHT(ODD, ODD, AB5)) \
	JMP  next                  \
six:                               \
	PASS(even6, evens6, bytes, EVEN6, EIGHT(EVEN0, EVEN, AB6)) \
	PASS(odd6, odds6, bytes, ODD6, EIGHT(ODD, ODD, AB6)) \
	SUBQ $6, left-8(SP)        \
	JNE  pass                  \
next:
