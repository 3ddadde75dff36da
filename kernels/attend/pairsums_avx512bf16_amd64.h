// Weighted sums of 8 queries: two rows meet 32 columns of each in Z0-Z15. Of a strip of 16 columns
// masks leave the rest out, K1 of a row's and K2 of the second 16 of the sums'.

#include "pairs_avx512bf16_amd64.h"

// Words of the first 16 columns of two rows, those of the second row being 32 and on.
DATA pairs<>+0(SB)/8, $0x2303220221012000
DATA pairs<>+8(SB)/8, $0x2707260625052404
DATA pairs<>+16(SB)/8, $0x2b0b2a0a29092808
DATA pairs<>+24(SB)/8, $0x2f0f2e0e2d0d2c0c
GLOBL pairs<>(SB), RODATA|NOPTR, $32

// LOAD_INTERLEAVE is what INTERLEAVE needs; tmp is lost.
#define LOAD_INTERLEAVE(tmp) \
	VPMOVZXBW pairs<>(SB), Z30 \
	MOVL $0x00100010, tmp      \
	VPBROADCASTD tmp, Z31      \
	VPADDW Z30, Z31, Z31 // of the next 16

// INTERLEAVE puts elements of a column of a row and the next one side by side, in Z16 and Z18.
#define INTERLEAVE(v, row, step) \
	VMOVDQU16.Z (v), K1, Z16        \
	VMOVDQU16.Z (v)(row*1), K1, Z17 \
	FETCH(step)                     \
	VMOVDQA64 Z16, Z18              \
	VPERMT2W Z17, Z30, Z16          \
	VPERMT2W Z17, Z31, Z18

// ADD adds them to the sums of a query, weighed by the two weights there, and ADDS to those of 8.
#define ADD(p, at, a, b) \
	VPBROADCASTD at(p), Z20 \
	VDPBF16PS(16, 20, a)    \
	VDPBF16PS(18, 20, b)

#define ADDS(p) \
	ADD(p, 0, 0, 1)    \
	ADD(p, 4, 2, 3)    \
	ADD(p, 8, 4, 5)    \
	ADD(p, 12, 6, 7)   \
	ADD(p, 16, 8, 9)   \
	ADD(p, 20, 10, 11) \
	ADD(p, 24, 12, 13) \
	ADD(p, 28, 14, 15)

// GET and PUT are 32 columns, or 16, of a query.
#define GET(o, a, b) \
	VMOVUPS o, a         \
	VMOVUPS.Z 64 o, K2, b

#define PUT(o, a, b) \
	VMOVUPS a, o         \
	VMOVUPS b, K2, 64 o

// GETS and PUTS are those of 8 queries, the first at o and the fifth at o4, so many bytes apart;
// bytes3 is three times that.
#define GETS(o, o4, bytes, bytes3) \
	GET((o), Z0, Z1)             \
	GET((o)(bytes*1), Z2, Z3)    \
	GET((o)(bytes*2), Z4, Z5)    \
	GET((o)(bytes3*1), Z6, Z7)   \
	GET((o4), Z8, Z9)            \
	GET((o4)(bytes*1), Z10, Z11) \
	GET((o4)(bytes*2), Z12, Z13) \
	GET((o4)(bytes3*1), Z14, Z15)

#define PUTS(o, o4, bytes, bytes3) \
	PUT((o), Z0, Z1)             \
	PUT((o)(bytes*1), Z2, Z3)    \
	PUT((o)(bytes*2), Z4, Z5)    \
	PUT((o)(bytes3*1), Z6, Z7)   \
	PUT((o4), Z8, Z9)            \
	PUT((o4)(bytes*1), Z10, Z11) \
	PUT((o4)(bytes*2), Z12, Z13) \
	PUT((o4)(bytes3*1), Z14, Z15)
