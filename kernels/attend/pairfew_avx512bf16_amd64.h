// Registers, constants and steps of pairFewAVX512BF16.

#include "pairsums_avx512bf16_amd64.h"
#include "pairtile_avx512bf16_amd64.h"

#define ROW R12     // bytes from row to row
#define V R13       // values of the tile, from the current column on
#define N BX        // rows left
#define S DI        // scores, and behind them weights
#define STEP DX     // bytes asked for at a time, twice
#define I CX        // elements, registers of scores or columns left
#define TMP AX
// of scores:
#define R0 R8       // rows 0, 3, 6 and 9 of a half
#define R3 R9
#define R6 R10
#define R9_ R11
#define Q SI        // current elements of the queries
// of weights and values:
#define P SI        // current weights
#define O R9        // current columns of the first query
#define O4 R10      // and of the fifth
#define OUT_BYTES R11
#define VR R8       // current row

// In registers throughout: Z28 what scores are taken relative to and Y29 the sums of weights,
// of each query, the former twice; Z21-Z27 for powers, Z30 and Z31 to interleave rows.

// Powers as in vec.RunningPairs: 2^f for |f| <= 1/2 is 1 + f (c1 + f (c2 + f (c3 + f c4))).
DATA power<>+0(SB)/4, $0x3f317096  // c1
DATA power<>+4(SB)/4, $0x3e7601bc
DATA power<>+8(SB)/4, $0x3d64fe2e
DATA power<>+12(SB)/4, $0x3c1d0169
DATA power<>+16(SB)/4, $0xc3480000 // -200
DATA power<>+20(SB)/4, $0x3fb8aa3b // 1/ln 2
DATA power<>+24(SB)/4, $0x3f800000 // 1
DATA power<>+28(SB)/4, $2          // rows of a register
DATA power<>+32(SB)/4, $0x3f803f80 // two ones of bf16
DATA power<>+36(SB)/4, $0x40c00000 // 6: how far scores may rise before all is scaled down
DATA power<>+40(SB)/8, $0x0000000100000000 // rows of a pair: 0 1
GLOBL power<>(SB), RODATA|NOPTR, $48

#define LOAD_POWER \
	VBROADCASTSS power<>+0(SB), Z21  \
	VBROADCASTSS power<>+4(SB), Z22  \
	VBROADCASTSS power<>+8(SB), Z23  \
	VBROADCASTSS power<>+12(SB), Z24 \
	VBROADCASTSS power<>+16(SB), Z25 \
	VBROADCASTSS power<>+20(SB), Z26 \
	VBROADCASTSS power<>+24(SB), Z27

// POWER replaces x by its power of two where K1 says so, by 0 elsewhere. The clamp keeps x as
// second source, which is what it returns when it is NaN.
#define POWER(x, n, p) \
	VMAXPS x, Z25, x          \
	VRNDSCALEPS $0, x, n      \
	VSUBPS n, x, x            \
	VMOVAPS Z24, p            \
	VFMADD213PS Z23, x, p     \
	VFMADD213PS Z22, x, p     \
	VFMADD213PS Z21, x, p     \
	VFMADD213PS Z27, x, p     \
	VSCALEFPS.Z n, p, K1, x

// LAST makes the last tile ask for the rows after it, if there are any.
#define LAST \
	MOVQ nextK_base+192(FP), NEXT \
	MOVQ nextV_base+216(FP), HALF \
	SUBQ NEXT, HALF               \
	TESTQ NEXT, NEXT              \
	CMOVQEQ NEXT, STEP            \
	CMOVQEQ SP, NEXT

// ADD_WEIGHTS is VDPBF16PS Y12, Y1, Y29, which Go's assembler does not have.
#define ADD_WEIGHTS BYTE $0x62; BYTE $0x42; BYTE $0x76; BYTE $0x28; BYTE $0x52; BYTE $0xec

#define ROW8(address, a, b) \
	VPBROADCASTQ address, Z17 \
	VDPBF16PS(17, 16, a)

// STEP4 multiplies 4 elements of the queries by those of 12 rows.
#define STEP4(at) \
	VMOVDQU64 (8*at)(Q), Z16 \
	TILE(ROW8, at)

#define SUM2(a, b, address) TILE_SUM(a, b, Z16, Z17, K3, address)
