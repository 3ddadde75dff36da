// Shared by the kernels of this folder that turn rows into lanes. A quad takes 16
// bytes of 16 rows to four registers, 4 bytes of every row in each: 16 loads and 8
// shuffles, where gathers would take more than twice the time. A gather takes 4 bytes:
// for scales, and what is left of short rows. A tile is done in 2 passes. ENTER fetches
// the rows of the next one, which then are there when this one has been scored.

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
#define T AX       // current line of the tile
#define CODES BX   // current codes of the first row
#define PASS CX
#define SIZE3 R13  // three times
#define CODES4 R14 // of the fifth row
#define CODES8 R15 // of the ninth
#define CODES12 R11

#define ENTER \
	MOVQ tile_base+0(FP), TILE  \
	MOVQ rows_base+24(FP), ROWS \
	MOVQ size+48(FP), SIZE      \
	MOVQ dim+56(FP), DIM        \
	VPBROADCASTD SIZE, Z15      \
	VPMULLD lanes<>(SB), Z15, Z15 \
	LEAQ (SIZE)(SIZE*2), SIZE3  \
	MOVQ $2, PASS               \
	MOVQ SIZE, I                \
	SHLQ $5, I                  \
	LEAQ (ROWS)(I*1), CODES     \
fetch:                              \
	PREFETCHT0 (CODES)          \
	ADDQ $64, CODES             \
	SUBQ $64, I                 \
	JGT  fetch

// GATHER reads 4 bytes of every row.
#define GATHER(address, z) \
	KXNORW K1, K1, K1       \
	VPXORQ z, z, z          \
	VPGATHERDD (address)(Z15*1), K1, z

// ROW4 reads 16 bytes of a row and of those 4, 8 and 12 after it.
#define ROW4(offset, x, y, z) \
	VMOVUPS (CODES) offset, x                \
	VINSERTF128 $1, (CODES4) offset, y, y    \
	VINSERTF32X4 $2, (CODES8) offset, z, z   \
	VINSERTF32X4 $3, (CODES12) offset, z, z

// QUAD reads 16 bytes of every row into Z0 to Z3, and goes on.
#define QUAD \
	LEAQ (CODES)(SIZE*4), CODES4    \
	LEAQ (CODES)(SIZE*8), CODES8    \
	LEAQ (CODES4)(SIZE*8), CODES12  \
	VMOVUPS (CODES), X0                  \
	VINSERTF128 $1, (CODES4), Y0, Y0     \
	VINSERTF32X4 $2, (CODES8), Z0, Z0    \
	VINSERTF32X4 $3, (CODES12), Z0, Z0   \
	ROW4((SIZE*1), X1, Y1, Z1)      \
	ROW4((SIZE*2), X2, Y2, Z2)      \
	ROW4((SIZE3*1), X3, Y3, Z3)     \
	ADDQ $16, CODES      \
	VUNPCKLPS Z1, Z0, Z4 \
	VUNPCKHPS Z1, Z0, Z5 \
	VUNPCKLPS Z3, Z2, Z6 \
	VUNPCKHPS Z3, Z2, Z7 \
	VUNPCKLPD Z6, Z4, Z0 \
	VUNPCKHPD Z6, Z4, Z1 \
	VUNPCKLPD Z7, Z5, Z2 \
	VUNPCKHPD Z7, Z5, Z3

#define BEGIN_PASS \
	MOVQ TILE, T     \
	MOVQ ROWS, CODES \
	MOVQ DIM, I

// FP8_PASS decodes 16 FP8 rows, whose f32 scales follow the codes and come into a register:
// FOUR(z), which the file defines, writes four elements of each row.
#define FP8_PASS(scales) \
pass: \
	BEGIN_PASS \
	LEAQ (ROWS)(DIM*1), SCALE \
	GATHER(SCALE, scales) \
sixteen: \
	SUBQ $16, I \
	JLT  rest \
	QUAD \
	FOUR(Z0) \
	FOUR(Z1) \
	FOUR(Z2) \
	FOUR(Z3) \
	JMP sixteen \
rest: \
	ADDQ $16, I \
	JZ   next \
four: \
	GATHER(CODES, Z0) \
	ADDQ $4, CODES \
	FOUR(Z0) \
	SUBQ $4, I \
	JNZ  four \
next:

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
