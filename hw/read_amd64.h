// Shared by the load-only passes: 4 lines of each stream in turn, with prefetches
// near and far, and no arithmetic. What it reaches is what memory gives. LOAD is
// defined by the file that includes this one.

#include "textflag.h"

#define P SI
#define STRIDE DX
#define STREAMS R8
#define TURNS CX
#define NEAR R9
#define FAR R10
#define LINE R11
#define LEFT R12

#define READ \
	MOVQ p+0(FP), P                \
	MOVQ stride+8(FP), STRIDE      \
	MOVQ streams+16(FP), STREAMS   \
	MOVQ turns+24(FP), TURNS       \
	MOVQ near+32(FP), NEAR         \
	MOVQ far+40(FP), FAR           \
turn:                                  \
	MOVQ P, LINE                   \
	MOVQ STREAMS, LEFT             \
stream:                                \
	PREFETCHT0 (LINE)(NEAR*1)      \
	PREFETCHT0 64(LINE)(NEAR*1)    \
	PREFETCHT0 128(LINE)(NEAR*1)   \
	PREFETCHT0 192(LINE)(NEAR*1)   \
	PREFETCHT1 (LINE)(FAR*1)       \
	PREFETCHT1 64(LINE)(FAR*1)     \
	PREFETCHT1 128(LINE)(FAR*1)    \
	PREFETCHT1 192(LINE)(FAR*1)    \
	LOAD                           \
	ADDQ STRIDE, LINE              \
	DECQ LEFT                      \
	JNZ  stream                    \
	ADDQ $256, P                   \
	DECQ TURNS                     \
	JNZ  turn                      \
	VZEROUPPER                     \
	RET
