// Registers and steps of pairOneAVX512BF16, beside those of pairfew.

#include "pairfew_avx512bf16_amd64.h"

#define ROW3 SI // three times ROW
#define R4 R9   // rows 4, 8 and 12 of 16
#define R8_ R10
#define R12_ R11

DATA lanes<>+0(SB)/8, $0x0706050403020100
DATA lanes<>+8(SB)/8, $0x0f0e0d0c0b0a0908
GLOBL lanes<>(SB), RODATA|NOPTR, $16

// ROWS4 multiplies 32 elements of the query by those of 4 rows.
#define ROWS4(r, a, b, c, d) \
	VMOVDQU16.Z (r), K4, Z17         \
	VDPBF16PS(17, 16, a)             \
	VMOVDQU16.Z (r)(ROW*1), K4, Z17  \
	VDPBF16PS(17, 16, b)             \
	FETCH(STEP)                      \
	VMOVDQU16.Z (r)(ROW*2), K4, Z17  \
	VDPBF16PS(17, 16, c)             \
	VMOVDQU16.Z (r)(ROW3*1), K4, Z17 \
	VDPBF16PS(17, 16, d)             \
	FETCH(STEP)

// FOLD adds up neighbours, of a and of b, and puts what it finds side by side.
#define FOLD(low, high, a, b) \
	low b, a, Z16     \
	high b, a, Z17    \
	VADDPS Z17, Z16, a

#define FOLDS(a, b) \
	VSHUFF32X4 $0x88, b, a, Z16 \
	VSHUFF32X4 $0xdd, b, a, Z17 \
	VADDPS Z17, Z16, a

#define WEIGHTS4(at, a, b, c, d) \
	VPBROADCASTD at(S), a       \
	VPBROADCASTD (at+4)(S), b   \
	VPBROADCASTD (at+8)(S), c   \
	VPBROADCASTD (at+12)(S), d

// VALUES2 adds two rows, by their weights, to a and b; VALUES4 four.
#define VALUES2(first, second, weights, a, b) \
	VMOVDQU16.Z first, K4, Z20  \
	VMOVDQU16.Z second, K4, Z21 \
	FETCH(STEP)                 \
	VMOVDQA64 Z20, Z22          \
	VPERMT2W Z21, Z30, Z20      \
	VPERMT2W Z21, Z31, Z22      \
	VDPBF16PS(20, weights, a)   \
	VDPBF16PS(22, weights, b)

#define VALUES4(w, x) \
	VALUES2((VR), (VR)(ROW*1), w, 16, 17)        \
	VALUES2((VR)(ROW*2), (VR)(ROW3*1), x, 18, 19) \
	LEAQ (VR)(ROW*4), VR
