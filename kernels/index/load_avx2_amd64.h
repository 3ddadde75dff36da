// Shared by the kernels of this folder that turn rows into lanes. A quad takes 16
// bytes of 8 rows to four registers, 4 bytes of every row in each: 8 loads and 8
// shuffles, where gathers would take more than twice the time. A gather takes 4 bytes:
// for scales, and what is left of short rows. A tile is done in 4 passes.

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
#define T AX       // current line of the tile
#define CODES BX   // current codes of the first row
#define PASS CX
#define SHIFT R12
#define SIZE3 R13  // three times
#define CODES4 R14 // of the fifth row

#define ENTER \
	MOVQ tile_base+0(FP), TILE  \
	MOVQ rows_base+24(FP), ROWS \
	MOVQ size+48(FP), SIZE      \
	MOVQ dim+56(FP), DIM        \
	VMOVD SIZE, X15             \
	VPBROADCASTD X15, Y15       \
	VPMULLD lanes<>(SB), Y15, Y15 \
	LEAQ (SIZE)(SIZE*2), SIZE3  \
	MOVQ $4, PASS

// GATHER reads 4 bytes of every row.
#define GATHER(address, y) \
	VPCMPEQD Y14, Y14, Y14  \
	VPXOR y, y, y           \
	VPGATHERDD Y14, (address)(Y15*1), y

// QUAD reads 16 bytes of every row into Y0 to Y3, and goes on.
#define QUAD \
	LEAQ (CODES)(SIZE*4), CODES4 \
	VMOVUPS (CODES), X0           \
	VMOVUPS (CODES)(SIZE*1), X1   \
	VMOVUPS (CODES)(SIZE*2), X2   \
	VMOVUPS (CODES)(SIZE3*1), X3  \
	VINSERTF128 $1, (CODES4), Y0, Y0          \
	VINSERTF128 $1, (CODES4)(SIZE*1), Y1, Y1  \
	VINSERTF128 $1, (CODES4)(SIZE*2), Y2, Y2  \
	VINSERTF128 $1, (CODES4)(SIZE3*1), Y3, Y3 \
	ADDQ $16, CODES     \
	VUNPCKLPS Y1, Y0, Y4 \
	VUNPCKHPS Y1, Y0, Y5 \
	VUNPCKLPS Y3, Y2, Y6 \
	VUNPCKHPS Y3, Y2, Y7 \
	VUNPCKLPD Y6, Y4, Y0 \
	VUNPCKHPD Y6, Y4, Y1 \
	VUNPCKLPD Y7, Y5, Y2 \
	VUNPCKHPD Y7, Y5, Y3

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
