// Shared by the kernels of this folder that turn rows into lanes. A gather takes 4
// bytes of 16 rows into the lanes of a register; a tile is done in 2 passes.

#include "textflag.h"

DATA lanes<>+0(SB)/8, $0x0000000100000000
DATA lanes<>+8(SB)/8, $0x0000000300000002
DATA lanes<>+16(SB)/8, $0x0000000500000004
DATA lanes<>+24(SB)/8, $0x0000000700000006
DATA lanes<>+32(SB)/8, $0x0000000900000008
DATA lanes<>+40(SB)/8, $0x0000000b0000000a
DATA lanes<>+48(SB)/8, $0x0000000d0000000c
DATA lanes<>+56(SB)/8, $0x0000000f0000000e
GLOBL lanes<>(SB), RODATA|NOPTR, $64

#define TILE DI
#define ROWS SI    // codes of the first row of this pass
#define SIZE DX    // bytes of a row
#define DIM R8
#define SCALE R9   // the scales of the first row
#define I R10      // elements left
#define BLOCK R11  // gathers left of a block
#define T AX       // current line of the tile
#define CODES BX   // current codes of the first row
#define PASS CX
#define SHIFT R12

#define ENTER \
	MOVQ tile_base+0(FP), TILE  \
	MOVQ rows_base+24(FP), ROWS \
	MOVQ size+48(FP), SIZE      \
	MOVQ dim+56(FP), DIM        \
	VPBROADCASTD SIZE, Z15      \
	VPMULLD lanes<>(SB), Z15, Z15 \
	MOVQ $2, PASS

// GATHER reads 4 bytes of every row.
#define GATHER(address, z) \
	KXNORW K1, K1, K1       \
	VPXORQ z, z, z          \
	VPGATHERDD (address)(Z15*1), K1, z

#define BEGIN_PASS \
	MOVQ TILE, T     \
	MOVQ ROWS, CODES \
	MOVQ DIM, I

// END_PASS goes on with the next 16 rows.
#define END_PASS(pass) \
	ADDQ $64, TILE   \
	MOVQ SIZE, CODES \
	SHLQ $4, CODES   \
	ADDQ CODES, ROWS \
	DECQ PASS        \
	JNZ  pass        \
	VZEROUPPER       \
	RET
