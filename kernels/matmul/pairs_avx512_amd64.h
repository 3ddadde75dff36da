// Shared by the AVX-512 kernels that multiply two panels at once. Where there is no second
// one the first stands in.
//
// Beside every line of the two they fetch two lines of what their worker reads after the
// chunk, into the second-level cache, where Tune finds that faster. So memory is read as one
// stream in the order of its addresses, ahead of which hardware prefetchers run: two streams
// that jump with every pair of panels lose them, and prefetches alone, of which a core has
// some 20 on their way, read half as fast as a Zen 5 can.

#include "kernel_avx512_amd64.h"

#define STRIDE DX  // bytes from the first panel to the second
#define COMING R14 // lines that are read after the chunk; 0: they are not fetched

// ENTER_PAIRS loads what all of them need. Both near streams go on a panel beyond the end of
// the first one.
#define ENTER_PAIRS \
	ENTER                       \
	SECOND(Call_Stride, STRIDE) \
	SUBQ STRIDE, END            \
	ADDQ STRIDE, JUMP           \
	MOVQ Call_Next(CALL), COMING

// AIM_PAIRS aims for a turn.
#define AIM_PAIRS AHEAD(Call_Near, NEAR)

// FETCH fetches a line of each panel near, and two that come. It is put where a line is
// multiplied: a burst of them holds up the values of tokens, which may be in the second-level
// cache.
#define FETCH(at) \
	PREFETCHT0 (at)(NEAR)           \
	PREFETCHT0 (at)(NEAR)(STRIDE*1) \
	TESTQ COMING, COMING            \
	JEQ  4(PC)                      \
	PREFETCHT1 (COMING)             \
	PREFETCHT1 64(COMING)           \
	ADDQ $128, COMING
