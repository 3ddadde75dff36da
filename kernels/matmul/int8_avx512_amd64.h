// Shared by the AVX-512 kernels that multiply int8 rows, one block of 32 columns a turn.
// A token has an integer sum of the block and its f32 results so far.
//
// Weights come as unsigned bytes, 128 too large. The integer sum therefore begins at
// MAGIC - 128 * (sum of the token's codes), which is 8 times what QStart has. MAGIC is
// 1.5 * 2^23 in the bits of an f32: adding an integer below 2^22 to the bits adds it to the
// number, and a dot product is at most 2^19. So the sum ends as the f32 MAGIC + dot; times
// the row scales minus MAGIC * scale, rounded once, it is what a conversion and a
// multiplication would give (if scales are below 2^104).
//
// A token and block are 8 VPDPBUSD, 2 multiplications and 10 loads: 5 cycles with two
// ports for any of them (Intel), 10 with one (AMD Zen 4), 80 % of the VNNI peak. A single
// chain of 8 would need some 100 operations in flight; two halves of 4, each multiplied
// with every token, need 50.

#include "kernel_avx512_amd64.h"

#define S DI       // row scales, in a line before their codes
#define XSCALE DX  // scales of the tile: [block][token]
#define XSTART R15 // and where sums begin: pairs of 16 bits
#define START R9   // where the integer sums of this block begin: [token]
#define EXIST K1   // a bit for each token

#define SCALE Z6
#define MAGICSCALE Z7

DATA magic<>+0(SB)/4, $0x4b400000
GLOBL magic<>(SB), RODATA|NOPTR, $4

DATA eights<>+0(SB)/4, $0x00080008
GLOBL eights<>(SB), RODATA|NOPTR, $4

// ENTER_INT8 needs a frame of 128 bytes.
#define ENTER_INT8 \
	ENTER                          \
	LEAQ start-64(SP), START       \
	ANDQ $~63, START               \
	XORL AX, AX                    \
	BTSL TOKENS, AX                \
	DECL AX                        \
	KMOVW AX, EXIST                \
	LEAQ -64(W), S                 \
	MOVQ Call_Q(CALL), X           \
	MOVQ Call_QScale(CALL), XSCALE \
	MOVQ Call_QStart(CALL), XSTART \
	SHRQ $5, BLOCKS                \
	EACH(ZERO, zeroed)

// BEGIN computes where the sums of all tokens begin and prepares MAGICSCALE. It uses Z0 and
// Z1.
#define BEGIN \
	VMOVDQU32.Z (XSTART), EXIST, Z0 \
	VPBROADCASTD magic<>(SB), Z1    \
	VMULPS Z1, SCALE, MAGICSCALE    \
	VPDPWSSD.BCST eights<>(SB), Z0, Z1 \
	VMOVDQU32 Z1, (START)

// DOT adds the products of Z0..Z3 with 16 codes.
#define DOT(x, sum) \
	VPDPBUSD.BCST (x)(X), Z0, sum   \
	VPDPBUSD.BCST (x+4)(X), Z1, sum \
	VPDPBUSD.BCST (x+8)(X), Z2, sum \
	VPDPBUSD.BCST (x+12)(X), Z3, sum

// LOW multiplies 16 columns with a token, HIGH the other 16 and adds to its results.
#define LOW(t, sum, y) \
	VPBROADCASTD (4*t)(START), sum \
	DOT(32*t, sum)

#define HIGH(t, sum, y) \
	DOT(32*t+16, sum)                  \
	VFMSUB213PS MAGICSCALE, SCALE, sum \
	VFMADD231PS.BCST (4*t)(XSCALE), sum, y

// NEXT goes on to the next block, of so many bytes of codes and scales. After a line of
// scales and the blocks they belong to comes another such line.
#define NEXT(block, done, bytes, scales) \
	ADDQ $bytes, W                  \
	ADDQ $scales, S                 \
	LEAQ (XSCALE)(TOKENS*4), XSCALE \
	LEAQ (XSTART)(TOKENS*4), XSTART \
	MOVQ TOKENS, AX                 \
	SHLQ $5, AX                     \
	ADDQ AX, X                      \
	DECQ BLOCKS                     \
	JZ   done                       \
	TESTQ $63, S                    \
	JNZ  block                      \
	MOVQ W, S                       \
	PREFETCHT0 (NEAR)               \
	ADDQ $64, W                     \
	JMP  block                      \
done:
