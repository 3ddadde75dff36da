// Shared by the AVX2 kernels. The columns of a panel are cut into equal segments
// (Call.Streams of them) that are read side by side, a few lines of each in turn: one
// stream is too few for the hardware prefetchers to keep memory busy.

#include "textflag.h"
#include "go_asm.h"

#define CALL BX
#define W SI        // the first segment, moving forward
#define WP R9       // the same place of the current segment
#define X R8        // the tile's rows beside W
#define XP R10      // and beside WP
#define SEGMENT R12 // bytes between segments of W
#define NEAR R15    // prefetch distances
#define FAR DX

// Files define TURNS, the turns left; N, the segments left in this turn; XSEGMENT, the
// distance between segments of X.

// SEGMENTS sets SEGMENT, and TURNS (also in AX) for turns of so many columns and bytes.
#define SEGMENTS(columns, bytes) \
	MOVQ Call_Streams(CALL), WP \
	IMUL3Q $columns, WP, WP     \
	MOVQ Call_K(CALL), AX       \
	XORL DX, DX                 \
	DIVQ WP                     \
	MOVQ AX, TURNS              \
	IMUL3Q $bytes, AX, SEGMENT

// TURN_BEGIN and TURN_END bracket what is done with a segment in its turn.
#define TURN_BEGIN(turn, stream, bytes) \
turn:                               \
	AIM(bytes)                  \
	MOVQ W, WP                  \
	MOVQ X, XP                  \
	MOVQ Call_Streams(CALL), AX \
	MOVQ AX, N                  \
stream:

#define TURN_END(turn, stream, bytes, xbytes) \
	ADDQ SEGMENT, WP  \
	ADDQ XSEGMENT, XP \
	DECQ N            \
	JNZ  stream       \
	ADDQ $bytes, W    \
	ADDQ xbytes, X    \
	DECQ TURNS        \
	JNZ  turn

// AIM sets NEAR and FAR for a turn of so many bytes. What lies beyond the end of a
// segment is fetched from the panel that is read next: the one behind this or, at
// End, Jump further on. The stream never drains.
#define AIM(bytes) \
	MOVQ Call_Streams(CALL), AX   \
	IMULQ SEGMENT, AX             \
	MOVQ Call_W(CALL), WP         \
	ADDQ AX, WP                   \
	SUBQ SEGMENT, AX              \
	CMPQ WP, Call_End(CALL)       \
	JNE  2(PC)                    \
	ADDQ Call_Jump(CALL), AX      \
	IMUL3Q $bytes, TURNS, WP      \
	MOVQ Call_Near(CALL), NEAR    \
	MOVQ Call_Far(CALL), FAR      \
	CMPQ WP, NEAR                 \
	JGT  2(PC)                    \
	ADDQ AX, NEAR                 \
	CMPQ WP, FAR                  \
	JGT  2(PC)                    \
	ADDQ AX, FAR

// FETCH4 fetches 4 lines from offset at on, if there is one stream. Beside several, which
// hardware prefetchers follow, software prefetch takes their place and delivers less.
#define FETCH4(at) \
	CMPQ Call_Streams(CALL), $1     \
	JNE  9(PC)                      \
	PREFETCHT0 (at)(WP)(NEAR*1)     \
	PREFETCHT0 (at+64)(WP)(NEAR*1)  \
	PREFETCHT0 (at+128)(WP)(NEAR*1) \
	PREFETCHT0 (at+192)(WP)(NEAR*1) \
	PREFETCHT1 (at)(WP)(FAR*1)      \
	PREFETCHT1 (at+64)(WP)(FAR*1)   \
	PREFETCHT1 (at+128)(WP)(FAR*1)  \
	PREFETCHT1 (at+192)(WP)(FAR*1)
