// The body of the AVX2 scores, s[g][j] = q[g] . k[j]. LOAD(address, y) makes 8 f32
// of a row, BYTES is the size of an element: the file that includes this one defines them.
//
// Tile: 3 rows x 4 queries, 12 accumulators of 8 lanes that are added up at the
// end. 8 elements are 3 row loads, 4 query loads and 12 multiply-adds, 192 FLOP:
// bound by the multiply-adds where a cycle has two loads and two of them, and by the
// number of instructions where another thread takes half of those a core can begin. Queries
// left over go one at a time. Where fewer than 3 rows are left the last one is
// taken again, and its scores are written to where no row has one.

// Where fetch_amd64.h is included too: FETCH goes with 16 elements of a tile and takes 6
// times the bytes that go with 8 elements of a row.
#ifdef NEXT
#define BEGIN_FETCH FETCHES; LEAQ (STEP)(STEP*2), STEP
#define FETCH PREFETCHT1 (NEXT); PREFETCHT1 (NEXT)(STEP*1); LEAQ (NEXT)(STEP*2), NEXT
#else
#define BEGIN_FETCH
#define FETCH
#endif

#define T DI       // scores of the current rows
#define Q0 SI      // ends of the queries
#define Q1 BX
#define Q2 DX
#define Q3 R15
#define R0 R11     // ends of the rows
#define R1 R12
#define R2 R13
#define I AX       // elements left, negative
#define J CX       // rows left
#define G R9       // queries left
#define DIM AX // of a query and a row; in I's place between the rows
#define ROW_BYTES R8

#define FIRST_ROWS \
	MOVQ k_base+48(FP), R0  \
	MOVQ dim+72(FP), I      \
	IMUL3Q $BYTES, I, I     \
	ADDQ I, R0              \
	MOVQ n+88(FP), J        \
	MOVQ s_base+0(FP), T

#define OTHER_ROWS \
	LEAQ (R0)(ROW_BYTES*1), R1 \
	CMPQ J, $2                 \
	CMOVQLT R0, R1             \
	LEAQ (R1)(ROW_BYTES*1), R2 \
	CMPQ J, $3                 \
	CMOVQLT R1, R2             \
	MOVQ dim+72(FP), I         \
	NEGQ I

// i is 0 or 1, for the first or second 8 of 16 elements.
#define ROWS(i) \
	LOAD((8*i*BYTES)(R0)(I*BYTES), Y12) \
	LOAD((8*i*BYTES)(R1)(I*BYTES), Y13) \
	LOAD((8*i*BYTES)(R2)(I*BYTES), Y14)

#define QUERY(i, q, y0, y1, y2) \
	VMOVUPS (32*i)(q)(I*4), Y15 \
	VFMADD231PS Y12, Y15, y0    \
	VFMADD231PS Y13, Y15, y1    \
	VFMADD231PS Y14, Y15, y2

// QUERIES multiplies 8 elements of 3 rows and 4 queries.
#define QUERIES(i) \
	ROWS(i)                    \
	QUERY(i, Q0, Y0, Y1, Y2)   \
	QUERY(i, Q1, Y3, Y4, Y5)   \
	QUERY(i, Q2, Y6, Y7, Y8)   \
	QUERY(i, Q3, Y9, Y10, Y11)

// FOLD adds the halves of a, which go to its lower one, and those of b, to the upper one.
#define FOLD(a, b) \
	VPERM2F128 $0x21, b, a, Y12 \
	VBLENDPS $0xf0, b, a, a     \
	VADDPS Y12, a, a

// SUM3 adds up the four lanes of each half of three registers: three sums and, as the
// fourth, the third again. y2 is lost.
#define SUM3(y0, y1, y2) \
	VBLENDPS $0xaa, y1, y0, Y12 \
	VBLENDPS $0x55, y1, y0, y0  \
	VSHUFPS $0xb1, y0, y0, y0   \
	VADDPS Y12, y0, y0          \
	VSHUFPS $0xb1, y2, y2, Y12  \
	VADDPS Y12, y2, y2          \
	VSHUFPS $0xee, y2, y0, Y12  \
	VSHUFPS $0x44, y2, y0, y0   \
	VADDPS Y12, y0, y0

// SUMS writes three scores of each of two queries, and a fourth that the next rows replace.
#define SUMS(a0, a1, a2, b0, b1, b2, x0, address, upper) \
	FOLD(a0, b0)      \
	FOLD(a1, b1)      \
	FOLD(a2, b2)      \
	SUM3(a0, a1, a2)  \
	VMOVUPS x0, address \
	VEXTRACTF128 $1, a0, upper

#define CLEAR3(y0, y1, y2) \
	VPXOR y0, y0, y0 \
	VPXOR y1, y1, y1 \
	VPXOR y2, y2, y2

#define NEXT_ROWS(label) \
	LEAQ (R2)(ROW_BYTES*1), R0 \
	ADDQ $12, T  \
	SUBQ $3, J   \
	JGT  label

#include "scoresone_avx2_amd64.h"

#define SCORES \
	BEGIN_FETCH                 \
	MOVQ q_base+24(FP), Q0      \
	MOVQ dim+72(FP), DIM        \
	LEAQ (Q0)(DIM*4), Q0        \
	MOVQ stride+96(FP), ROW_BYTES \
	IMUL3Q $BYTES, ROW_BYTES, ROW_BYTES \
	MOVQ heads+80(FP), G        \
four:                           \
	SUBQ $4, G                  \
	JLT  ones                   \
	MOVQ dim+72(FP), DIM        \
	LEAQ (Q0)(DIM*4), Q1        \
	LEAQ (Q1)(DIM*4), Q2        \
	LEAQ (Q2)(DIM*4), Q3        \
	FIRST_ROWS                  \
rows4:                          \
	OTHER_ROWS                  \
	CLEAR3(Y0, Y1, Y2)          \
	CLEAR3(Y3, Y4, Y5)          \
	CLEAR3(Y6, Y7, Y8)          \
	CLEAR3(Y9, Y10, Y11)        \
column4:                        \
	FETCH                       \
	QUERIES(0)                  \
	QUERIES(1)                  \
	ADDQ $16, I                 \
	JNZ  column4                \
	SUMS(Y0, Y1, Y2, Y3, Y4, Y5, X0, (T), 256(T)) \
	SUMS(Y6, Y7, Y8, Y9, Y10, Y11, X6, 512(T), 768(T)) \
	NEXT_ROWS(rows4)            \
	MOVQ dim+72(FP), DIM        \
	LEAQ (Q3)(DIM*4), Q0        \
	ADDQ $1024, s_base+0(FP)    \
	JMP  four                   \
ones:                           \
	SCORES_ONE                  \
done:                           \
	VZEROUPPER                  \
	RET
