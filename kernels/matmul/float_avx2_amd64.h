// Shared by the AVX2 kernels that multiply f32 rows. Sixteen registers hold 8
// columns of 8 rows, so a group of 16 columns takes four passes: columns 0-7
// and 8-15, rows 0-7 and 8-15.

#define XT R15 // the current token's row of the tile

#define ENTER_FLOAT \
	ENTER                \
	MOVQ Call_X(CALL), X \
	SHRQ $4, BLOCKS

#define CLEAR_AVX2(loop) \
	VPXOR Y0, Y0, Y0     \
	TOKENS_BEGIN(loop)   \
	VMOVUPS Y0, (YT)     \
	VMOVUPS Y0, 32(YT)   \
	TOKENS_END(loop)

// DOT_AVX2 multiplies the columns Y0..Y7 with 8 values of the token from offset
// x on, in two fresh chains, and leaves the sum in Y10.
#define DOT_AVX2(x) \
	VBROADCASTSS (x+0)(XT), Y8   \
	VBROADCASTSS (x+4)(XT), Y9   \
	VMULPS Y8, Y0, Y10           \
	VMULPS Y9, Y1, Y11           \
	VBROADCASTSS (x+8)(XT), Y8   \
	VBROADCASTSS (x+12)(XT), Y9  \
	VFMADD231PS Y8, Y2, Y10      \
	VFMADD231PS Y9, Y3, Y11      \
	VBROADCASTSS (x+16)(XT), Y8  \
	VBROADCASTSS (x+20)(XT), Y9  \
	VFMADD231PS Y8, Y4, Y10      \
	VFMADD231PS Y9, Y5, Y11      \
	VBROADCASTSS (x+24)(XT), Y8  \
	VBROADCASTSS (x+28)(XT), Y9  \
	VFMADD231PS Y8, Y6, Y10      \
	VFMADD231PS Y9, Y7, Y11      \
	VADDPS Y11, Y10, Y10

// PASS multiplies the unpacked columns with every token: x is the offset of the
// columns in a token's row, y that of the rows in its results.
#define PASS(loop, x, y) \
	MOVQ X, XT            \
	TOKENS_BEGIN(loop)    \
	DOT_AVX2(x)           \
	VADDPS y(YT), Y10, Y10 \
	VMOVUPS Y10, y(YT)    \
	ADDQ $64, XT          \
	TOKENS_END(loop)

// SCALED_PASS does so with the scale in Y13.
#define SCALED_PASS(loop, x, y) \
	MOVQ X, XT            \
	TOKENS_BEGIN(loop)    \
	DOT_AVX2(x)           \
	VMOVUPS y(YT), Y8     \
	VFMADD231PS Y13, Y10, Y8 \
	VMOVUPS Y8, y(YT)     \
	ADDQ $64, XT          \
	TOKENS_END(loop)
