// Shared by the AVX2 kernels that multiply int8 rows. Sixteen registers hold the
// 32 columns of 8 rows, so a block takes two passes: rows 0-7 and 8-15.

#define XT R15 // the current token's codes
#define T DX   // its number

#define ENTER_INT8 \
	ENTER                          \
	MOVQ Call_Q(CALL), X           \
	MOVQ Call_QScale(CALL), XSCALE \
	MOVQ Call_QSum(CALL), XSUM     \
	SHRQ $5, BLOCKS

#define CLEAR_AVX2(loop) \
	VPXOR Y0, Y0, Y0     \
	TOKENS_BEGIN(loop)   \
	VMOVUPS Y0, (YT)     \
	VMOVUPS Y0, 32(YT)   \
	TOKENS_END(loop)

// ADD_AVX2 adds the integers in Y10 times the rows' scales (Y13) times the
// token's scale to its results at offset y, and goes on to the next token.
#define ADD_AVX2(y) \
	VCVTDQ2PS Y10, Y10                \
	VMULPS Y13, Y10, Y10              \
	VBROADCASTSS (XSCALE)(T*4), Y9    \
	VMOVUPS y(YT), Y8                 \
	VFMADD231PS Y9, Y10, Y8           \
	VMOVUPS Y8, y(YT)                 \
	ADDQ $32, XT                      \
	INCQ T

// NEXT_BLOCK moves on after the second pass.
#define NEXT_BLOCK \
	MOVQ XT, X               \
	LEAQ (XSCALE)(T*4), XSCALE \
	LEAQ (XSUM)(T*4), XSUM
