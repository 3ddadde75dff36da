// What kernels ask for while they work: the bytes of next, rows whose turn comes soon, as
// many of them for every 8 elements of a row they multiply. Asked for in a burst they would
// fill the buffers a core has for misses, and all other loads would wait.

#define NEXT R10
#define STEP R14

#define FETCHES \
	MOVQ heads+80(FP), CX       \
	MOVQ CX, AX                 \
	SHRQ $2, CX                 \
	ANDQ $3, AX                 \
	ADDQ AX, CX                 \
	IMULQ n+88(FP), CX          \
	IMULQ dim+72(FP), CX        \
	SHRQ $3, CX                 \
	MOVQ next_len+112(FP), AX   \
	LEAQ -1(AX)(CX*1), AX       \
	XORL DX, DX                 \
	DIVQ CX                     \
	MOVQ AX, STEP               \
	TESTQ AX, AX                \
	MOVQ next_base+104(FP), NEXT \
	CMOVQEQ SP, NEXT            \
	MOVQ NEXT, next_base+104(FP)

// FETCH2 asks for what goes with 16 elements of a row, FETCH3 with 24, FETCH4 with 32.
#define FETCH2 \
	PREFETCHT1 (NEXT) \
	LEAQ (NEXT)(STEP*2), NEXT

#define FETCH3 \
	FETCH2 \
	ADDQ STEP, NEXT

#define FETCH4 \
	PREFETCHT1 (NEXT) \
	LEAQ (NEXT)(STEP*4), NEXT

// A single query, the last, waits for memory more than it multiplies: it asks at two
// places, the beginning and the middle of what is left, of which a core reads more than of
// one.
#define HALF R15

#define HALVES \
	MOVQ next_base+104(FP), HALF \
	ADDQ next_len+112(FP), HALF  \
	SUBQ NEXT, HALF              \
	SARQ $1, HALF                \
	SHRQ $1, STEP

#define BOTH \
	PREFETCHT1 (NEXT) \
	PREFETCHT1 (NEXT)(HALF*1)
