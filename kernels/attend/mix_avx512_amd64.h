// The body of the AVX-512 weighted sums, out[g] += sum over j of p[g][j] v[j].
// LOAD(address, z) makes 16 f32 of a row, BYTES is the size of an element: the file that
// includes this one defines them.
//
// Tile: 64 columns x 4 queries in 16 accumulators, over all rows. A row is 4
// loads, 4 broadcasts and 16 multiply-adds, 512 FLOP: bound by the multiply-adds,
// one or two a cycle. Queries left over go one at a time, columns left over 16 at a
// time. All queries take their part of a strip of columns before the next one begins:
// the strip stays in the first-level cache.

#include "textflag.h"
#include "fetch_amd64.h"

#define OUT DI     // current columns of the first query
#define V DX       // of the first row
#define COLUMNS R8 // left
#define O R13      // of the current queries
#define P SI       // weights of the current queries
#define G R9       // queries left
#define ROW R11    // current columns of the current row
#define W AX       // its weights
#define J R12      // rows left
#define OUT_BYTES CX
#define OUT_BYTES3 R15 // three times
#define ROW_BYTES BX

#define FIRST_QUERY \
	MOVQ OUT, O           \
	MOVQ p_base+24(FP), P \
	MOVQ heads+80(FP), G

#define FIRST_ROW \
	MOVQ V, ROW      \
	MOVQ P, W        \
	MOVQ n+88(FP), J

#define NEXT_ROW(label) \
	ADDQ ROW_BYTES, ROW \
	ADDQ $4, W          \
	DECQ J              \
	JNZ  label

#define NEXT_QUERIES(n) \
	ADDQ $(256*n), P \
	SUBQ $n, G

#define NEXT_COLUMNS(n) \
	ADDQ $(4*n), OUT   \
	ADDQ $(n*BYTES), V \
	SUBQ $n, COLUMNS

#define GET4(address, z0, z1, z2, z3) \
	VMOVUPS address, z0     \
	VMOVUPS 64 address, z1  \
	VMOVUPS 128 address, z2 \
	VMOVUPS 192 address, z3

#define PUT4(address, z0, z1, z2, z3) \
	VMOVUPS z0, address     \
	VMOVUPS z1, 64 address  \
	VMOVUPS z2, 128 address \
	VMOVUPS z3, 192 address

#define ROW4 \
	FETCH4                      \
	FETCH4                      \
	LOAD((ROW), Z16)            \
	LOAD((16*BYTES)(ROW), Z17)  \
	LOAD((32*BYTES)(ROW), Z18)  \
	LOAD((48*BYTES)(ROW), Z19)

#define ROW1 \
	FETCH2              \
	LOAD((ROW), Z16)

#define ADD4(weight, z0, z1, z2, z3) \
	VPBROADCASTD weight, Z20 \
	VFMADD231PS Z16, Z20, z0 \
	VFMADD231PS Z17, Z20, z1 \
	VFMADD231PS Z18, Z20, z2 \
	VFMADD231PS Z19, Z20, z3

#define ADD1(weight, z0) \
	VPBROADCASTD weight, Z20 \
	VFMADD231PS Z16, Z20, z0

#define MIX \
	FETCHES                     \
	MOVQ out_base+0(FP), OUT    \
	MOVQ v_base+48(FP), V       \
	MOVQ dim+72(FP), COLUMNS    \
	LEAQ (COLUMNS*4), OUT_BYTES \
	LEAQ (OUT_BYTES)(OUT_BYTES*2), OUT_BYTES3 \
	MOVQ stride+96(FP), ROW_BYTES \
	IMUL3Q $BYTES, ROW_BYTES, ROW_BYTES \
strip64:                        \
	CMPQ COLUMNS, $64           \
	JLT  strip16                 \
	FIRST_QUERY                 \
four64:                         \
	CMPQ G, $4                  \
	JLT  one64                  \
	GET4((O), Z0, Z1, Z2, Z3)       \
	GET4((O)(OUT_BYTES*1), Z4, Z5, Z6, Z7) \
	GET4((O)(OUT_BYTES*2), Z8, Z9, Z10, Z11) \
	GET4((O)(OUT_BYTES3*1), Z12, Z13, Z14, Z15) \
	FIRST_ROW                   \
row4x64:                        \
	ROW4                        \
	ADD4((W), Z0, Z1, Z2, Z3)       \
	ADD4(256(W), Z4, Z5, Z6, Z7)    \
	ADD4(512(W), Z8, Z9, Z10, Z11)    \
	ADD4(768(W), Z12, Z13, Z14, Z15)  \
	NEXT_ROW(row4x64)           \
	PUT4((O), Z0, Z1, Z2, Z3)       \
	PUT4((O)(OUT_BYTES*1), Z4, Z5, Z6, Z7) \
	PUT4((O)(OUT_BYTES*2), Z8, Z9, Z10, Z11) \
	PUT4((O)(OUT_BYTES3*1), Z12, Z13, Z14, Z15) \
	LEAQ (O)(OUT_BYTES*4), O    \
	NEXT_QUERIES(4)             \
	JMP  four64                 \
one64:                          \
	TESTQ G, G                  \
	JZ   next64                 \
	GET4((O), Z0, Z1, Z2, Z3)       \
	FIRST_ROW                   \
row1x64:                        \
	ROW4                        \
	ADD4((W), Z0, Z1, Z2, Z3)       \
	NEXT_ROW(row1x64)           \
	PUT4((O), Z0, Z1, Z2, Z3)       \
	ADDQ OUT_BYTES, O           \
	NEXT_QUERIES(1)             \
	JMP  one64                  \
next64:                         \
	NEXT_COLUMNS(64)            \
	JMP  strip64                \
strip16:                         \
	TESTQ COLUMNS, COLUMNS      \
	JZ   done                   \
	FIRST_QUERY                 \
four16:                          \
	CMPQ G, $4                  \
	JLT  one16                   \
	VMOVUPS (O), Z0             \
	VMOVUPS (O)(OUT_BYTES*1), Z1 \
	VMOVUPS (O)(OUT_BYTES*2), Z2 \
	VMOVUPS (O)(OUT_BYTES3*1), Z3 \
	FIRST_ROW                   \
row4x16:                         \
	ROW1                        \
	ADD1((W), Z0)               \
	ADD1(256(W), Z1)            \
	ADD1(512(W), Z2)            \
	ADD1(768(W), Z3)            \
	NEXT_ROW(row4x16)            \
	VMOVUPS Z0, (O)             \
	VMOVUPS Z1, (O)(OUT_BYTES*1) \
	VMOVUPS Z2, (O)(OUT_BYTES*2) \
	VMOVUPS Z3, (O)(OUT_BYTES3*1) \
	LEAQ (O)(OUT_BYTES*4), O    \
	NEXT_QUERIES(4)             \
	JMP  four16                  \
one16:                           \
	TESTQ G, G                  \
	JZ   next16                  \
	VMOVUPS (O), Z0             \
	FIRST_ROW                   \
row1x16:                         \
	ROW1                        \
	ADD1((W), Z0)               \
	NEXT_ROW(row1x16)            \
	VMOVUPS Z0, (O)             \
	ADDQ OUT_BYTES, O           \
	NEXT_QUERIES(1)             \
	JMP  one16                   \
next16:                          \
	NEXT_COLUMNS(16)             \
	JMP  strip16                 \
done:                           \
	VZEROUPPER                  \
	RET
