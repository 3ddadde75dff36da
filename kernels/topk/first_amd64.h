// Shared by the variants of first: the k <= 16 largest of many scores. Of every 16th score only
// the largest counts, and of these 16 the k-th largest is a bar that k scores reach; few others
// do. How many of the 16 exceed each says which they are. Those that reach the bar are written
// down as marks of 32 scores, each note over the one before if that was empty, and then put into
// a list of 16 in registers. No branch depends on scores, but for how many reach the bar: a
// wrong guess costs as much as two steps of a loop.

#include "textflag.h"

#define IDS DI
#define X SI
#define N CX
#define K DX
#define AT BX     // of N
#define NOTE R8   // the next one
#define END R9    // of this chunk, 1024 scores: 32 notes
#define LEFT R10  // marks that were noted
#define MARKS AX  // a note: 32 marks
#define FIRST R11 // and the index of the first
#define MARKS2 R9 // the note after it, read before it is known to be wanted
#define FIRST2 R14

#define ENTER_FIRST \
	MOVQ ids_base+0(FP), IDS \
	MOVQ ids_len+8(FP), K    \
	MOVQ x_base+24(FP), X    \
	MOVQ x_len+32(FP), N

// CHUNK begins one.
#define CHUNK \
	MOVQ SP, NOTE      \
	XORQ LEFT, LEFT    \
	LEAQ 1024(AT), END \
	CMPQ END, N        \
	CMOVQGT N, END

// NOTED writes marks down and goes on with the next 32 scores; after the last ones of the chunk
// it reads the first note, if there is one.
#define NOTED(note, placed) \
	MOVL MARKS, (NOTE)   \
	MOVL AT, 4(NOTE)     \
	LEAQ 8(NOTE), R12    \
	POPCNTL MARKS, R13   \
	CMOVQNE R12, NOTE    \
	ADDQ R13, LEFT       \
	ADDQ $32, AT         \
	CMPQ AT, END         \
	JLT  note            \
	MOVQ SP, NOTE        \
	TESTQ LEFT, LEFT     \
	JZ   placed          \
	MOVL (NOTE), MARKS   \
	MOVL 4(NOTE), FIRST  \
	ADDQ $8, NOTE        \
	MOVL (NOTE), MARKS2  \
	MOVL 4(NOTE), FIRST2

// MARKED leaves the index of the next score in R12.
#define MARKED \
	TZCNTL MARKS, R12 \
	ADDL FIRST, R12

// PLACED goes on with the mark after it.
#define PLACED(place) \
	LEAQ 8(NOTE), R12     \
	LEAL -1(MARKS), R13   \
	ANDL R13, MARKS       \
	CMOVLEQ FIRST2, FIRST \
	CMOVLEQ MARKS2, MARKS \
	CMOVQEQ R12, NOTE     \
	MOVL (NOTE), MARKS2   \
	MOVL 4(NOTE), FIRST2  \
	DECQ LEFT             \
	JNZ  place

// STORE stores the AX indices on the stack.
#define STORE(store, done) \
	XORQ AT, AT          \
store:                   \
	CMPQ AT, AX          \
	JGE  done            \
	MOVL (SP)(AT*4), CX  \
	MOVL CX, (IDS)(AT*4) \
	INCQ AT              \
	JMP  store           \
done:
