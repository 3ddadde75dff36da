// Shared by the AVX-512 kernels that multiply int8 rows.

#define ENTER_INT8 \
	ENTER                          \
	MOVQ Call_Q(CALL), X           \
	MOVQ Call_QScale(CALL), XSCALE \
	MOVQ Call_QSum(CALL), XSUM     \
	SHRQ $5, BLOCKS

// DOT_VNNI multiplies the 8 registers w0..w7 (unsigned bytes, true value plus
// offset) with the token's 32 codes in two chains, the first begun at
// -offset * sum; then y += dot * row scales * the token's scale.
#define DOT_VNNI(offset, scale, w0, w1, w2, w3, w4, w5, w6, w7) \
	IMUL3L $-offset, (XSUM), AX    \
	VPBROADCASTD AX, Z16           \
	VPXORD Z17, Z17, Z17           \
	VPDPBUSD.BCST (X), w0, Z16     \
	VPDPBUSD.BCST 4(X), w1, Z17    \
	VPDPBUSD.BCST 8(X), w2, Z16    \
	VPDPBUSD.BCST 12(X), w3, Z17   \
	VPDPBUSD.BCST 16(X), w4, Z16   \
	VPDPBUSD.BCST 20(X), w5, Z17   \
	VPDPBUSD.BCST 24(X), w6, Z16   \
	VPDPBUSD.BCST 28(X), w7, Z17   \
	VPADDD Z17, Z16, Z16           \
	VCVTDQ2PS Z16, Z16             \
	VMULPS scale, Z16, Z16         \
	VMOVUPS (YT), Z18              \
	VFMADD231PS.BCST (XSCALE), Z16, Z18 \
	VMOVUPS Z18, (YT)              \
	ADDQ $32, X                    \
	ADDQ $4, XSCALE                \
	ADDQ $4, XSUM

// CLEAR_AVX512 zeroes the results of all tokens.
#define CLEAR_AVX512(loop) \
	VPXORD Z0, Z0, Z0     \
	TOKENS_BEGIN(loop)    \
	VMOVUPS Z0, (YT)      \
	TOKENS_END(loop)
