// Registers and steps of pairOneAVX512BF16, beside those of pairfew.

#include "pairfew_avx512bf16_amd64.h"

#define FIRST R9  // current elements of the first row of 16
#define AHEAD DX  // bytes to what is asked for
#define VALUES_AHEAD R10

DATA lanes<>+0(SB)/8, $0x0706050403020100
DATA lanes<>+8(SB)/8, $0x0f0e0d0c0b0a0908
GLOBL lanes<>(SB), RODATA|NOPTR, $16

// Sums of pairs of rows that were unpacked hold columns 0-3, 8-11, 16-19 and 24-27, and the
// others: words that make of two such registers columns 0-15, and 16-31.
DATA lower<>+0(SB)/8, $0x0b0a030209080100
GLOBL lower<>(SB), RODATA|NOPTR, $8
DATA upper<>+0(SB)/8, $0x0f0e07060d0c0504
GLOBL upper<>(SB), RODATA|NOPTR, $8

// LINES makes K4-K7 masks of the words of the next four lines of a row, of which I elements are
// left. R10 and TMP are lost.
#define LINES(whole, masked) \
	KXNORD K4, K4, K4     \
	KXNORD K5, K5, K5     \
	KXNORD K6, K6, K6     \
	KXNORD K7, K7, K7     \
	CMPQ I, $128          \
	JGE  whole            \
	MOVQ $-1, R10         \
	BZHIQ I, R10, TMP     \
	KMOVD TMP, K4         \
	SHRQ $32, TMP         \
	KMOVD TMP, K5         \
	XORL TMP, TMP         \
	CMPQ I, $64           \
	JLE  masked           \
	LEAQ -64(I), TMP      \
	BZHIQ TMP, R10, TMP   \
masked:                       \
	KMOVD TMP, K6         \
	SHRQ $32, TMP         \
	KMOVD TMP, K7         \
whole:

// FETCH_ROW asks for 128 elements.
#define FETCH_ROW(at, more) \
	PREFETCHT0 (at)(more*1)    \
	PREFETCHT0 64(at)(more*1)  \
	PREFETCHT0 128(at)(more*1) \
	PREFETCHT0 192(at)(more*1)

// SCORE multiplies 128 elements of the query by those of a row.
#define SCORE(a) \
	FETCH_ROW(R0, AHEAD)         \
	VMOVDQU16.Z (R0), K4, Z16    \
	VDPBF16PS(16, 20, a)         \
	VMOVDQU16.Z 64(R0), K5, Z17  \
	VDPBF16PS(17, 21, a)         \
	VMOVDQU16.Z 128(R0), K6, Z24 \
	VDPBF16PS(24, 22, a)         \
	VMOVDQU16.Z 192(R0), K7, Z25 \
	VDPBF16PS(25, 23, a)         \
	ADDQ ROW, R0

// FOLD adds up neighbours, of a and of b, and puts what it finds side by side.
#define FOLD(low, high, a, b) \
	low b, a, Z16     \
	high b, a, Z17    \
	VADDPS Z17, Z16, a

#define FOLDS(a, b) \
	VSHUFF32X4 $0x88, b, a, Z16 \
	VSHUFF32X4 $0xdd, b, a, Z17 \
	VADDPS Z17, Z16, a

// VALUES adds 32 columns of two rows, by their weights in Z20, to sums a and b.
#define VALUES(first, second, a, b) \
	VPUNPCKLWD second, first, Z16 \
	VPUNPCKHWD second, first, Z17 \
	VDPBF16PS(16, 20, a)          \
	VDPBF16PS(17, 20, b)

// SUMS adds 32 columns of them to those in memory, as long as there are any.
#define SUMS(at, a, b, end) \
	CMPQ I, $(at/4)         \
	JLE  end                \
	VMOVDQA64 a, Z16        \
	VPERMT2Q b, Z30, Z16    \
	VADDPS at(O), Z16, Z16  \
	VMOVUPS Z16, at(O)      \
	CMPQ I, $(at/4+16)      \
	JLE  end                \
	VPERMT2Q b, Z31, a      \
	VADDPS (at+64)(O), a, a \
	VMOVUPS a, (at+64)(O)
