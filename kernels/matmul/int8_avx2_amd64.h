// Shared by the AVX2 kernels that multiply int8 rows, one block of 32 columns a turn. They
// work too long on a line for hardware prefetchers, so software fetches every line. X is
// an offset into the tile's scales and starts, 4 bytes a block and token; the 32 codes
// are at 8 times that.

#include "stream_avx2_amd64.h"

#define Q R13      // codes of the tile
#define QSCALE R14 // their scales
#define QSTART DI  // and where their sums begin
#define T CX       // the current token, like XP
#define SUMS R11   // and what the first part left of it
#define TURNS turns-904(SP)
#define N n-912(SP)
#define XSEGMENT xsegment-920(SP)
#define XTURN xturn-928(SP) // 4 bytes a token
#define END end-936(SP)     // of the tokens, like T
#define S0 scales-944(SP)   // the rows' scales in the first segment
#define S AX                // and in the current one

#define SUMSAT sums-960(SP)       // where 768 bytes begin with a cache line
#define LEAP leap-968(SP)         // from the end of a segment to its place in the next panel
#define NEARLEAP nearleap-976(SP) // turns left when NEAR gets there
#define FARLEAP farleap-984(SP)

#define ONES Y14 // 16-bit

// ENTER_INT8 begins a kernel with so many bytes of codes and scales a block. A segment
// begins with a line of scales.
#define ENTER_INT8(bytes, scales) \
	MOVQ c+0(FP), CALL             \
	MOVQ Call_Q(CALL), Q           \
	MOVQ Call_QScale(CALL), QSCALE \
	MOVQ Call_QStart(CALL), QSTART \
	LEAQ memory-896(SP), AX        \
	ADDQ $63, AX                   \
	ANDQ $-64, AX                  \
	MOVQ AX, SUMSAT                \
	MOVQ Call_W(CALL), W           \
	MOVQ W, S0                     \
	ADDQ $64, W                    \
	XORL X, X                      \
	SEGMENTS(32, bytes)            \
	IMUL3Q $scales, AX, T          \
	ADDQ $63, T                    \
	ANDQ $-64, T                   \
	ADDQ T, SEGMENT                \
	MOVQ Call_Tokens(CALL), T      \
	SHLQ $2, T                     \
	MOVQ T, XTURN                  \
	IMULQ T, AX                    \
	MOVQ AX, XSEGMENT              \
	LEAD(bytes+scales)             \
	MOVQ XTURN, T                  \
	VPCMPEQW ONES, ONES, ONES      \
	VPSRLW $15, ONES, ONES

// LEAD sets NEAR and FAR: the call's distances, shared by the streams, for so many bytes a
// block, its share of the line of scales included. What lies beyond the end of a segment is
// fetched from the panel that is read next: the one behind this or, at End, Jump further on.
// The stream never drains.
#define LEAD(bytes) \
	MOVQ Call_Streams(CALL), AX \
	IMULQ SEGMENT, AX           \
	LEAQ -64(W)(AX*1), WP       \
	SUBQ SEGMENT, AX            \
	CMPQ WP, Call_End(CALL)     \
	JNE  2(PC)                  \
	ADDQ Call_Jump(CALL), AX    \
	MOVQ AX, LEAP               \
	LEAD_BY(Call_Near, bytes, NEAR, NEARLEAP) \
	LEAD_BY(Call_Far, bytes, FAR, FARLEAP)

#define LEAD_BY(distance, bytes, at, leap) \
	MOVQ distance(CALL), AX \
	XORL DX, DX             \
	DIVQ Call_Streams(CALL) \
	MOVQ AX, WP             \
	XORL DX, DX             \
	MOVQ $(bytes), leap     \
	DIVQ leap               \
	MOVQ AX, leap           \
	MOVQ WP, at

// BLOCKS_BEGIN and BLOCKS_END bracket what is done with a block. After a line of scales and
// the blocks they belong to comes another such line.
#define BLOCKS_BEGIN(turn, stream) \
turn:                               \
	MOVQ TURNS, AX              \
	CMPQ AX, NEARLEAP           \
	JNE  2(PC)                  \
	ADDQ LEAP, NEAR             \
	CMPQ AX, FARLEAP            \
	JNE  2(PC)                  \
	ADDQ LEAP, FAR              \
	MOVQ W, WP                  \
	MOVQ X, XP                  \
	MOVQ Call_Streams(CALL), AX \
	MOVQ AX, N                  \
stream:

#define BLOCKS_END(turn, stream, done, bytes, scales, xbytes) \
	ADDQ SEGMENT, WP  \
	ADDQ XSEGMENT, XP \
	DECQ N            \
	JNZ  stream       \
	ADDQ $bytes, W    \
	ADDQ xbytes, X    \
	DECQ TURNS        \
	JZ   done         \
	MOVQ S0, AX       \
	ADDQ $scales, AX  \
	MOVQ AX, S0       \
	TESTQ $63, AX     \
	JNZ  turn         \
	MOVQ W, S0        \
	ADDQ $64, W       \
	JMP  turn         \
done:

// SCALES points S at the block's scales, and fetches the line of others ahead.
#define SCALES \
	MOVQ WP, S         \
	SUBQ W, S          \
	ADDQ S0, S         \
	PREFETCHT0 (S)(NEAR*1)

// FETCH fetches a line, and is put where one is multiplied: a core fetches fewer of them
// when they come in bursts.
#define FETCH(at) PREFETCHT0 (at)(WP)(NEAR*1)

#define FETCH4_FAR(at) \
	TESTQ FAR, FAR                  \
	JEQ   5(PC)                     \
	PREFETCHT1 (at)(WP)(FAR*1)      \
	PREFETCHT1 (at+64)(WP)(FAR*1)   \
	PREFETCHT1 (at+128)(WP)(FAR*1)  \
	PREFETCHT1 (at+192)(WP)(FAR*1)
