//go:build !purego

#include "kernel_avx512bf16_amd64.h"

// FP8 (e4m3fn) times bf16 rows: 512 bytes and 1024 FLOP a token per turn of 16 columns of
// two panels, with one scale per 128 columns of a panel. Weights stay exact.
//
// VPERMI2B looks up 7 bits of every byte, its magnitude, in 128 bytes: the high bytes of
// the bf16, which the signs of the line join, and the low ones. VPUNPCKLBW and VPUNPCKHBW lay
// the bytes side by side, a BF16 line each: the lower halves of 128-bit lanes are columns k
// and k+1, the upper ones k+2 and k+3 (see kernels.Matrix). On a Zen 5 they run beside
// products, while each VPERMI2B, of which they save as many again, takes the place of half
// of one.
//
// Columns 0..7 of all turns of a block of 128 have their own sum, and columns 8..15 theirs,
// since a product takes 6 cycles (Zen 5): with one token its four chains read 128 bytes in
// them, 65 GB/s a core from its caches. More tokens than have registers for both sums go
// through the block twice; with 12 Zen 5 reaches 90 % of the peak of VDPBF16PS.
//
// A block is one run of instructions, each of which loads every 4096 bytes. Looped over a turn
// they had a Zen 5 read a quarter less from memory, an eighth with 8 tokens. With 12 tokens
// the run is 11 KB, and a loop an eighth faster.

#define HIGH Z5
#define LOW Z6
#define HIGH2 Z7 // of the second 64 codes
#define TABLES DI
#define S R15     // scales of the first panel, a line before the second one's
#define TURNS DX  // of a block, left

DATA signs<>+0(SB)/4, $0x80808080
GLOBL signs<>(SB), RODATA|NOPTR, $4

// UNPACK turns a line into the columns k, k+1 (first) and k+2, k+3 (line).
#define UNPACK(line, high, first) \
	VMOVDQA32 line, high                           \
	VPERMI2B HIGH2, HIGH, high                     \
	VPTERNLOGD.BCST $0xf8, signs<>(SB), line, high \
	VPERMI2B (fp8Tables_low+64)(TABLES), LOW, line \
	VPUNPCKLBW high, line, first                   \
	VPUNPCKHBW high, line, line

// QUARTER unpacks four columns of both panels.
#define QUARTER(from) \
	FETCH(from)                  \
	VMOVDQU32 (2*from)(W), Z1    \
	VMOVDQU32 (2*from+64)(W), Z3 \
	UNPACK(Z1, Z2, Z0)           \
	UNPACK(Z3, Z4, Z2)

#define HALF_TURN(end0, end1) \
	AIM                   \
	QUARTER(0)            \
	MANY(MULTIPLY0, end0) \
	QUARTER(64)           \
	MANY(MULTIPLY1, end1) \
	ADDQ $512, W          \
	ADDQ XSTEP, X

// SCALES are those of a block that ends, NEXT_SCALES of the next one.
#define SCALES \
	VPBROADCASTD (S), Z0   \
	VPBROADCASTD 64(S), Z1

#define NEXT_SCALES \
	ADDQ  $4, S  \
	TESTQ $63, S \
	JNZ   2(PC)  \
	ADDQ  $64, S

// ADD adds the scaled sums to the results of the token and begins new ones.
#define ADD(t, a, b) \
	VFMADD213PS (Y), Z0, a            \
	VFMADD213PS (Y)(YSTRIDE*1), Z1, b \
	STORE(t, a, b)                    \
	ZERO(t, a, b)

// EACH_FEW is EACH of few tokens, 1..5, with the registers of both sums.
#define EACH_FEW(DO, end) \
	DO(0, Z8, Z20, Z13, Z25)  \
	MORE(2, end)              \
	DO(1, Z9, Z21, Z14, Z26)  \
	MORE(3, end)              \
	DO(2, Z10, Z22, Z15, Z27) \
	MORE(4, end)              \
	DO(3, Z11, Z23, Z16, Z28) \
	MORE(5, end)              \
	DO(4, Z12, Z24, Z17, Z29) \
end:

// PRODUCTS_LATER is PRODUCTS for the second sum.
#define PRODUCTS_LATER(x, t, w0, w1) \
	VPBROADCASTD (32*t+x)(X), Z4 \
	VDPBF16PS(4, w0, 13+t)       \
	VDPBF16PS(4, w1, 25+t)

// BLOCK_AHEAD asks for a token's share of the values of the next block: from one pair of panels
// to the next, more weights pass through a first-level cache than it holds, and so they do while
// 2048 bytes of one token's values are multiplied. With one token a Zen 4 reads 0.92 of what
// memory gives, and 0.86 where values were asked for that far ahead.
#define BLOCK_AHEAD(t, a, b, c, d) \
	PREFETCHT0 (256*t)(X)(XSTEP*8)     \
	PREFETCHT0 (256*t+64)(X)(XSTEP*8)  \
	PREFETCHT0 (256*t+128)(X)(XSTEP*8) \
	PREFETCHT0 (256*t+192)(X)(XSTEP*8)

#define FEW0(t, a, b, c, d) \
	PRODUCTS(0, t, 0, 2) \
	PRODUCTS(4, t, 1, 3)

#define FEW1(t, a, b, c, d) MULTIPLY1(t, a, b)

#define FEW2(t, a, b, c, d) \
	PRODUCTS_LATER(16, t, 0, 2) \
	PRODUCTS_LATER(20, t, 1, 3)

#define FEW3(t, a, b, c, d) \
	PRODUCTS_LATER(24, t, 0, 2) \
	PRODUCTS_LATER(28, t, 1, 3)

#define TURN_FEW(end0, end1, end2, end3) \
	AIM                  \
	QUARTER(0)           \
	EACH_FEW(FEW0, end0) \
	QUARTER(64)          \
	EACH_FEW(FEW1, end1) \
	QUARTER(128)         \
	EACH_FEW(FEW2, end2) \
	QUARTER(192)         \
	EACH_FEW(FEW3, end3) \
	ADDQ $512, W         \
	ADDQ XSTEP, X

#define ZERO_LATER(t, a, b, c, d) ZERO(t, c, d)

#define ADD_FEW(t, a, b, c, d) \
	VFMADD213PS (Y), Z0, a            \
	VFMADD213PS (Y)(YSTRIDE*1), Z1, b \
	VFMADD213PS a, Z0, c              \
	VFMADD213PS b, Z1, d              \
	STORE(t, c, d)                    \
	ZERO(t, a, b)                     \
	ZERO(t, c, d)

// func fp8AVX512BF16(c *Call)
TEXT ·fp8AVX512BF16(SB), NOSPLIT, $0-8
	ENTER

pair:
	BEGIN_BF16(EACH)
	MOVQ W, S
	SCALES_AHEAD(2, FETCH(0), DI, scales)
	MOVQ ·fp8BF16(SB), TABLES
	VMOVDQU32 fp8Tables_high(TABLES), HIGH
	VMOVDQU32 (fp8Tables_high+64)(TABLES), HIGH2
	VMOVDQU32 fp8Tables_low(TABLES), LOW
	RESULTS_PAIRS
	EACH(STORE, cleared)
	CMPQ TOKENS, $5
	JLE  few
	KEEP_CODE(·fp8AVX512BF16, const_fp8Lines, keep)

many:
	MOVQ $8, TURNS

turn:
	HALF_TURN(h0, h1)
	CMPQ TOKENS, $8
	JLE  run
	DECQ TURNS
	JNZ  turn
	JMP  sums

run:
	HALF_TURN(h2, h3)
	HALF_TURN(h4, h5)
	HALF_TURN(h6, h7)
	HALF_TURN(h8, h9)
	HALF_TURN(h10, h11)
	HALF_TURN(h12, h13)
	HALF_TURN(h14, h15)

sums:
	SCALES
	RESULTS_PAIRS
	MANY(ADD, added)
	SUBQ  $4, BLOCKS
	TESTQ $7, BLOCKS
	JZ    block

	// back to the second halves of the same turns
	SUBQ $(8*512-256), W
	LEAQ -16(XSTEP*8), AX
	SUBQ AX, X
	JMP  many

block:
	SUBQ  $256, W
	SUBQ  $16, X
	NEXT_SCALES
	TESTQ BLOCKS, BLOCKS
	JNZ   many
	NEXT_PAIR(pair)
	VZEROUPPER
	RET

few:
	EACH_FEW(ZERO_LATER, zeroedLater)

blockFew:
	EACH_FEW(BLOCK_AHEAD, ahead)
	TURN_FEW(e0, e1, e2, e3)
	TURN_FEW(e4, e5, e6, e7)
	TURN_FEW(e8, e9, e10, e11)
	TURN_FEW(e12, e13, e14, e15)
	TURN_FEW(e16, e17, e18, e19)
	TURN_FEW(e20, e21, e22, e23)
	TURN_FEW(e24, e25, e26, e27)
	TURN_FEW(e28, e29, e30, e31)
	SCALES
	RESULTS_PAIRS
	EACH_FEW(ADD_FEW, addedFew)
	NEXT_SCALES
	SUBQ $8, BLOCKS
	JNZ  blockFew
	NEXT_PAIR(pair)
	VZEROUPPER
	RET
