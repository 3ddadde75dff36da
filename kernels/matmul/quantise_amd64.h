// Shared by the kernels that round blocks of 32 floats to int8: how they go from block to
// block, and what does not depend on the width of registers. A block's codes are in Y0 at
// last, its scale in DX. Files define SIXTEEN, a register of bytes 16.

#include "textflag.h"
#include "go_asm.h"

#define DST DI
#define SCALES R8
#define STARTS R9
#define MAGICS R12
#define X SI
#define BLOCKS CX
#define STRIDE R10     // slots between blocks, then their bytes of scales
#define CODE_BYTES R11 // between blocks

#define ENTER_QUANTISE \
	MOVQ dst_base+0(FP), DST        \
	MOVQ scales_base+24(FP), SCALES \
	MOVQ starts_base+48(FP), STARTS \
	MOVQ magics_base+72(FP), MAGICS \
	MOVQ x_base+96(FP), X           \
	MOVQ x_len+104(FP), BLOCKS      \
	MOVQ stride+120(FP), STRIDE     \
	SHRQ $5, BLOCKS                 \
	MOVQ STRIDE, CODE_BYTES         \
	SHLQ $5, CODE_BYTES             \
	SHLQ $2, STRIDE

// FINISH ends a block, goes on to the next one, at label block, and returns. At label broken
// the block has infinity or NaN, and a NaN scale reaches every result; at label zero its
// scale is too small. Where sums begin: pairs of codes times 16, added in the two halves of a
// lane, are within 16 bits.
#define FINISH \
	VMOVDQU Y0, (DST)               \
	MOVL DX, (SCALES)               \
	VPMADDUBSW Y0, SIXTEEN, Y0      \
	VEXTRACTI128 $1, Y0, X1         \
	VPADDW X1, X0, X0               \
	VPSHUFD $0x4e, X0, X1           \
	VPADDW X1, X0, X0               \
	VPSHUFD $0xb1, X0, X1           \
	VPADDW X1, X0, X0               \
	VPXOR X1, X1, X1                \
	VPSUBW X0, X1, X0               \
	VMOVD X0, AX                    \
	MOVL AX, (STARTS)               \
	MOVWLSX AX, DX                  \
	SARL $16, AX                    \
	ADDL DX, AX                     \
	SHLL $3, AX                     \
	ADDL $const_magic, AX           \
	MOVL AX, (MAGICS)               \
next:                                   \
	ADDQ $128, X                    \
	ADDQ CODE_BYTES, DST            \
	ADDQ STRIDE, SCALES             \
	ADDQ STRIDE, STARTS             \
	ADDQ STRIDE, MAGICS             \
	DECQ BLOCKS                     \
	JNZ  block                      \
	VZEROUPPER                      \
	RET                             \
broken:                                 \
	MOVL $0x7fc00000, (SCALES)      \
	JMP  codes                      \
zero:                                   \
	MOVL $0, (SCALES)               \
codes:                                  \
	VPXOR Y0, Y0, Y0                \
	VMOVDQU Y0, (DST)               \
	MOVL $0, (STARTS)               \
	MOVL $const_magic, (MAGICS)     \
	JMP  next
