// Shared by the kernels of this folder that turn rows into lanes. A gather takes 4
// bytes of 8 rows into the lanes of a register; a tile is done in 4 passes.

#include "textflag.h"

DATA lanes<>+0(SB)/8, $0x0000000100000000
DATA lanes<>+8(SB)/8, $0x0000000300000002
DATA lanes<>+16(SB)/8, $0x0000000500000004
DATA lanes<>+24(SB)/8, $0x0000000700000006
GLOBL lanes<>(SB), RODATA|NOPTR, $32

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
	VMOVD SIZE, X15             \
	VPBROADCASTD X15, Y15       \
	VPMULLD lanes<>(SB), Y15, Y15 \
	MOVQ $4, PASS

// GATHER reads 4 bytes of every row.
#define GATHER(address, y) \
	VPCMPEQD Y14, Y14, Y14  \
	VPXOR y, y, y           \
	VPGATHERDD Y14, (address)(Y15*1), y

#define BEGIN_PASS \
	MOVQ TILE, T     \
	MOVQ ROWS, CODES \
	MOVQ DIM, I

// END_PASS goes on with the next 8 rows.
#define END_PASS(pass) \
	ADDQ $32, TILE   \
	MOVQ SIZE, CODES \
	SHLQ $3, CODES   \
	ADDQ CODES, ROWS \
	DECQ PASS        \
	JNZ  pass        \
	VZEROUPPER       \
	RET
