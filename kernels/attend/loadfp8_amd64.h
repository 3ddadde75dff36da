// The body of FP8 (e4m3fn) to f32: 16 codes a turn become 64 bytes. A byte s eeee mmm, with its
// sign spread over 16 bits, shifted left by 7 and cleared of bit 14, is the f16 of its value times 2^-8; the
// missing 2^8 (0x43800000) joins the scale. The file that includes this one defines WIDTH, the
// codes of a step, DST_BYTES, the size of what becomes of one, SPREAD, which puts the scale in
// X4 into all lanes, MASK, the register of words without bit 14, and STEP, which does the rest.

#include "textflag.h"

#define DST DI    // ends
#define CODES SI
#define SCALES DX
#define N CX      // elements left, negative
#define BLOCK R8  // elements of a block
#define I R9      // left in the block

// POWER and FLOAT put the bits of the next scale into AX.
#define POWER \
	MOVBLZX (SCALES), AX \
	SHLL $23, AX         \
	INCQ SCALES

#define FLOAT \
	MOVL (SCALES), AX \
	ADDQ $4, SCALES

#define LOAD_FP8(SCALE) \
	MOVQ dst_base+0(FP), DST     \
	MOVQ dst_len+8(FP), N        \
	MOVQ codes_base+24(FP), CODES \
	MOVQ scales_base+48(FP), SCALES \
	MOVQ block+72(FP), BLOCK     \
	LEAQ (DST)(N*DST_BYTES), DST \
	ADDQ N, CODES                \
	NEGQ N                       \
	MOVL $0x43800000, AX         \
	VMOVD AX, X5                 \
	MOVL $0xbf80bf80, AX         \
	VMOVD AX, X6                 \
	VPBROADCASTD X6, MASK        \
block:                               \
	SCALE                        \
	VMOVD AX, X4                 \
	VMULSS X5, X4, X4            \
	SPREAD                       \
	MOVQ BLOCK, I                \
group:                               \
	STEP                         \
	ADDQ $WIDTH, N               \
	JZ   done                    \
	SUBQ $WIDTH, I               \
	JNZ  group                   \
	JMP  block                   \
done:                                \
	VZEROUPPER                   \
	RET
