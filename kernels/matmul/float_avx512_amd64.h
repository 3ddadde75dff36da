// Shared by the AVX-512 kernels that multiply f32 rows, 16 columns at a time.

#define ENTER_FLOAT \
	ENTER                \
	MOVQ Call_X(CALL), X \
	SHRQ $4, BLOCKS

#define CLEAR_AVX512(loop) \
	VPXORD Z0, Z0, Z0  \
	TOKENS_BEGIN(loop) \
	VMOVUPS Z0, (YT)   \
	TOKENS_END(loop)

// DOT_AVX512 multiplies the columns Z0..Z15 with the token's 16 values in four
// fresh chains and leaves the sum in Z16.
#define DOT_AVX512 \
	VMULPS.BCST (X), Z0, Z16           \
	VMULPS.BCST 4(X), Z1, Z17          \
	VMULPS.BCST 8(X), Z2, Z18          \
	VMULPS.BCST 12(X), Z3, Z19         \
	VFMADD231PS.BCST 16(X), Z4, Z16    \
	VFMADD231PS.BCST 20(X), Z5, Z17    \
	VFMADD231PS.BCST 24(X), Z6, Z18    \
	VFMADD231PS.BCST 28(X), Z7, Z19    \
	VFMADD231PS.BCST 32(X), Z8, Z16    \
	VFMADD231PS.BCST 36(X), Z9, Z17    \
	VFMADD231PS.BCST 40(X), Z10, Z18   \
	VFMADD231PS.BCST 44(X), Z11, Z19   \
	VFMADD231PS.BCST 48(X), Z12, Z16   \
	VFMADD231PS.BCST 52(X), Z13, Z17   \
	VFMADD231PS.BCST 56(X), Z14, Z18   \
	VFMADD231PS.BCST 60(X), Z15, Z19   \
	VADDPS Z17, Z16, Z16               \
	VADDPS Z19, Z18, Z18               \
	VADDPS Z18, Z16, Z16               \
	ADDQ $64, X

// ADD_AVX512 adds the sum to the token's results.
#define ADD_AVX512 \
	VADDPS (YT), Z16, Z16 \
	VMOVUPS Z16, (YT)
