// Shared by the AVX-512 kernels that multiply two panels at once, whose lines alternate: see
// kernels.Matrix.Paired. Memory is read in the order of its addresses, ahead of which hardware
// prefetchers run, too.

#include "kernel_avx512_amd64.h"

#define YSTRIDE AX // between turns: bytes from a token's first results to the second panel's

// AIM_PAIRS aims for a turn.
#define AIM_PAIRS AHEAD(Call_Near, NEAR)

// FETCH fetches the lines of both panels that are as far ahead as the one at an offset of a
// panel. It is put where a line is multiplied: a burst of them holds up the values of tokens,
// which may be in the second-level cache.
#define FETCH(at) \
	PREFETCHT0 (2*(at))(NEAR)    \
	PREFETCHT0 (2*(at)+64)(NEAR)
