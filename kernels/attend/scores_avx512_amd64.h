// The body of the AVX-512 scores, s[g][j] = q[g] . k[j]. LOAD(address, z) makes 16 f32
// of a row, BYTES is the size of an element: the file that includes this one defines them.
//
// Tile: 3 rows x 4 queries, 12 accumulators of 16 lanes that are added up at the
// end. 16 elements are 3 row loads, 4 query loads and 12 multiply-adds, 384 FLOP:
// bound by the multiply-adds, one or two a cycle. Queries
// left over go one at a time. Where fewer than 3 rows are left the last one is
// taken again, and its scores are written to where no row has one.

#include "textflag.h"
#include "fetch_amd64.h"

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

#define ROWS \
	LOAD((R0)(I*BYTES), Z12) \
	LOAD((R1)(I*BYTES), Z13) \
	LOAD((R2)(I*BYTES), Z14)

#define QUERY(q, z0, z1, z2) \
	VMOVUPS (q)(I*4), Z15     \
	VFMADD231PS Z12, Z15, z0  \
	VFMADD231PS Z13, Z15, z1  \
	VFMADD231PS Z14, Z15, z2

// QUERIES multiplies 16 elements of 3 rows and 4 queries.
#define QUERIES \
	ROWS                    \
	QUERY(Q0, Z0, Z1, Z2)   \
	QUERY(Q1, Z3, Z4, Z5)   \
	QUERY(Q2, Z6, Z7, Z8)   \
	QUERY(Q3, Z9, Z10, Z11) \
	ADDQ $16, I

// FOLD adds the upper half of a register to the lower one.
#define FOLD(z, y) \
	VEXTRACTF64X4 $1, z, Y12 \
	VADDPS Y12, y, y

// SUM3 adds up the lanes of three registers and writes three scores and a fourth
// that the next rows replace.
#define SUM3(z0, z1, z2, y0, y1, y2, x0, address) \
	FOLD(z0, y0)             \
	FOLD(z1, y1)             \
	FOLD(z2, y2)             \
	VHADDPS y1, y0, y0       \
	VHADDPS y2, y2, y2       \
	VHADDPS y2, y0, y0       \
	VEXTRACTF128 $1, y0, X12 \
	VADDPS X12, x0, x0       \
	VMOVUPS x0, address

#define CLEAR3(z0, z1, z2) \
	VPXORD z0, z0, z0 \
	VPXORD z1, z1, z1 \
	VPXORD z2, z2, z2

#define NEXT_ROWS(label) \
	LEAQ (R2)(ROW_BYTES*1), R0 \
	ADDQ $12, T  \
	SUBQ $3, J   \
	JGT  label

#define SCORES \
	FETCHES                     \
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
	CLEAR3(Z0, Z1, Z2)          \
	CLEAR3(Z3, Z4, Z5)          \
	CLEAR3(Z6, Z7, Z8)          \
	CLEAR3(Z9, Z10, Z11)        \
column4:                        \
	FETCH3                      \
	FETCH3                      \
	QUERIES                     \
	JNZ  column4                \
	SUM3(Z0, Z1, Z2, Y0, Y1, Y2, X0, (T))   \
	SUM3(Z3, Z4, Z5, Y3, Y4, Y5, X3, 256(T)) \
	SUM3(Z6, Z7, Z8, Y6, Y7, Y8, X6, 512(T)) \
	SUM3(Z9, Z10, Z11, Y9, Y10, Y11, X9, 768(T)) \
	NEXT_ROWS(rows4)            \
	MOVQ dim+72(FP), DIM        \
	LEAQ (Q3)(DIM*4), Q0        \
	ADDQ $1024, s_base+0(FP)    \
	JMP  four                   \
ones:                           \
	ADDQ $4, G                  \
one:                            \
	SUBQ $1, G                  \
	JLT  done                   \
	FIRST_ROWS                  \
rows1:                          \
	OTHER_ROWS                  \
	CLEAR3(Z0, Z1, Z2)          \
column1:                        \
	FETCH3                      \
	FETCH3                      \
	ROWS                        \
	QUERY(Q0, Z0, Z1, Z2)       \
	ADDQ $16, I                  \
	JNZ  column1                \
	SUM3(Z0, Z1, Z2, Y0, Y1, Y2, X0, (T))   \
	NEXT_ROWS(rows1)            \
	MOVQ dim+72(FP), DIM        \
	LEAQ (Q0)(DIM*4), Q0        \
	ADDQ $256, s_base+0(FP)     \
	JMP  one                    \
done:                           \
	VZEROUPPER                  \
	RET
