// Shared by the AVX-512 kernels that multiply f32 rows, 16 columns of weights a turn: four
// quarters of four columns, in Z0..Z3. A token has a sum of even and one of odd columns, for
// the whole panel; its values are broadcast by the products that read them.
// The two chains are the same for any number of tokens, so that a row gives the same bits
// alone and in a batch, and wherever the sums are kept.
//
// 48 FMA a quarter with 12 tokens, each a load of its own: two a cycle where two ports do
// all vector operations (Intel), less what unpacking takes. With one token the chains
// take 8 cycles a quarter.

#include "kernel_avx512_amd64.h"

#define XSTEP R9 // bytes from the end of a token's block to the next block

// ENTER_FLOAT lets X point 256 bytes ahead: offsets from -256 to 508 have short codes.
#define ENTER_FLOAT \
	ENTER                  \
	MOVQ Call_X(CALL), X   \
	ADDQ $256, X           \
	LEAQ -1(TOKENS), XSTEP \
	SHLQ $6, XSTEP         \
	SHRQ $4, BLOCKS        \
	EACH(ZERO, zeroed)

#define MULTIPLY(t, even, odd) \
	VFMADD231PS.BCST (64*t-256)(X), Z0, even \
	VFMADD231PS.BCST (64*t-252)(X), Z1, odd  \
	VFMADD231PS.BCST (64*t-248)(X), Z2, even \
	VFMADD231PS.BCST (64*t-244)(X), Z3, odd

// QUARTER unpacks bytes of weights and multiplies them.
#define QUARTER(from, end) \
	UNPACK(from)        \
	EACH(MULTIPLY, end) \
	ADDQ $16, X

// NEXT goes on to the next turn.
#define NEXT(turn) \
	ADDQ XSTEP, X \
	DECQ BLOCKS   \
	JNZ  turn

#define STORE(t, even, odd) \
	VADDPS odd, even, even \
	VMOVUPS even, (Y)      \
	ADDQ $64, Y
