// Shared by the AVX-512 kernels of this folder. LOAD(address, z) makes 16 f32 of
// a row; BYTES is the size of an element: both are defined by the file that
// includes this one. Queries are taken eight at a time, then four, then one.

#include "textflag.h"

// FETCH_AHEAD is how far ahead rows are fetched: about the next block of 64, which
// is asked for when its turn comes a few microseconds later.
#define FETCH_AHEAD 16384

#define S DI       // scores, or outputs
#define Q SI       // queries, or weights
#define ROWS DX    // first row of the block
#define DIM R8     // elements of a row
#define G R9       // queries left
#define N R10      // rows
#define ROW R11    // current row
#define J R12      // rows left
#define I R13      // elements left
#define QI AX      // current element of the first query
#define STRIDE CX  // bytes of a query

// SUM4 adds up the lanes of each of four registers into the four lanes of the
// first one's lowest part.
#define SUM4(y0, y1, y2, y3, z0, z1, z2, z3, x0) \
	VEXTRACTF64X4 $1, z0, Y4 \
	VEXTRACTF64X4 $1, z1, Y5 \
	VEXTRACTF64X4 $1, z2, Y6 \
	VEXTRACTF64X4 $1, z3, Y7 \
	VADDPS Y4, y0, y0        \
	VADDPS Y5, y1, y1        \
	VADDPS Y6, y2, y2        \
	VADDPS Y7, y3, y3        \
	VHADDPS y1, y0, y0       \
	VHADDPS y3, y2, y2       \
	VHADDPS y2, y0, y0       \
	VEXTRACTF128 $1, y0, X4  \
	VADDPS X4, x0, x0

// STORE4 writes the scores of four queries for the current row.
#define STORE4(x, offset) \
	VMOVSS x, (offset)(BX)              \
	VEXTRACTPS $1, x, (offset+256)(BX)  \
	VEXTRACTPS $2, x, (offset+512)(BX)  \
	VEXTRACTPS $3, x, (offset+768)(BX)

// SCORES is the body of s[g][j] = q[g] . k[j]. A row is converted once for four
// queries: 2 operations and 4 multiply-adds per 16 elements.
#define SCORES \
	MOVQ s_base+0(FP), S   \
	MOVQ q_base+24(FP), Q  \
	MOVQ dim+72(FP), DIM   \
	MOVQ heads+80(FP), G   \
	MOVQ n+88(FP), N       \
	LEAQ (DIM*4), STRIDE   \
four:                      \
	CMPQ G, $4             \
	JLT  one               \
	MOVQ k_base+48(FP), ROW \
	MOVQ N, J              \
	MOVQ S, BX             \
row4:                      \
	MOVQ DIM, I            \
	MOVQ Q, QI             \
	LEAQ (Q)(STRIDE*2), DX \
	VPXORD Z0, Z0, Z0      \
	VPXORD Z1, Z1, Z1      \
	VPXORD Z2, Z2, Z2      \
	VPXORD Z3, Z3, Z3      \
column4:                   \
	PREFETCHT1 FETCH_AHEAD(ROW) \
	LOAD((ROW), Z4)        \
	VFMADD231PS (QI), Z4, Z0 \
	VFMADD231PS (QI)(STRIDE*1), Z4, Z1 \
	VFMADD231PS (DX), Z4, Z2 \
	VFMADD231PS (DX)(STRIDE*1), Z4, Z3 \
	ADDQ $(16*BYTES), ROW  \
	ADDQ $64, QI           \
	ADDQ $64, DX           \
	SUBQ $16, I            \
	JNZ  column4           \
	SUM4(Y0, Y1, Y2, Y3, Z0, Z1, Z2, Z3, X0) \
	STORE4(X0, 0)          \
	ADDQ $4, BX            \
	DECQ J                 \
	JNZ  row4              \
	LEAQ (Q)(STRIDE*4), Q  \
	ADDQ $1024, S          \
	SUBQ $4, G             \
	JMP  four              \
one:                       \
	TESTQ G, G             \
	JZ   done              \
	MOVQ k_base+48(FP), ROW \
	MOVQ N, J              \
	MOVQ S, BX             \
row1:                      \
	MOVQ DIM, I            \
	MOVQ Q, QI             \
	VPXORD Z0, Z0, Z0      \
	VPXORD Z1, Z1, Z1      \
	VPXORD Z2, Z2, Z2      \
	VPXORD Z3, Z3, Z3      \
column1:                   \
	PREFETCHT1 FETCH_AHEAD(ROW) \
	LOAD((ROW), Z4)        \
	VFMADD231PS (QI), Z4, Z0 \
	ADDQ $(16*BYTES), ROW  \
	ADDQ $64, QI           \
	SUBQ $16, I            \
	JNZ  column1           \
	SUM4(Y0, Y1, Y2, Y3, Z0, Z1, Z2, Z3, X0) \
	VMOVSS X0, (BX)        \
	ADDQ $4, BX            \
	DECQ J                 \
	JNZ  row1              \
	ADDQ STRIDE, Q         \
	ADDQ $256, S           \
	DECQ G                 \
	JMP  one               \
done:                      \
	VZEROUPPER             \
	RET

// MIX is the body of out[g] += sum over j of p[g][j] v[j]: 16 columns of all
// rows at a time, in registers for four queries.
#define MIX \
	MOVQ out_base+0(FP), S \
	MOVQ p_base+24(FP), Q  \
	MOVQ dim+72(FP), DIM   \
	MOVQ heads+80(FP), G   \
	MOVQ n+88(FP), N       \
	LEAQ (DIM*4), STRIDE   \
	MOVQ stride+96(FP), BX \
	IMUL3Q $BYTES, BX, BX  \
eight:                     \
	CMPQ G, $8             \
	JLT  four              \
	MOVQ v_base+48(FP), ROWS \
	MOVQ DIM, I            \
	LEAQ (STRIDE)(STRIDE*2), R15 \
column8:                   \
	LEAQ (S)(STRIDE*4), R14 \
	VMOVUPS (S), Z0        \
	VMOVUPS (S)(STRIDE*1), Z1 \
	VMOVUPS (S)(STRIDE*2), Z2 \
	VMOVUPS (S)(R15*1), Z3 \
	VMOVUPS (R14), Z5      \
	VMOVUPS (R14)(STRIDE*1), Z6 \
	VMOVUPS (R14)(STRIDE*2), Z7 \
	VMOVUPS (R14)(R15*1), Z8 \
	MOVQ ROWS, ROW         \
	MOVQ Q, QI             \
	MOVQ N, J              \
row8:                      \
	PREFETCHT1 FETCH_AHEAD(ROW) \
	LOAD((ROW), Z4)        \
	VFMADD231PS.BCST (QI), Z4, Z0 \
	VFMADD231PS.BCST 256(QI), Z4, Z1 \
	VFMADD231PS.BCST 512(QI), Z4, Z2 \
	VFMADD231PS.BCST 768(QI), Z4, Z3 \
	VFMADD231PS.BCST 1024(QI), Z4, Z5 \
	VFMADD231PS.BCST 1280(QI), Z4, Z6 \
	VFMADD231PS.BCST 1536(QI), Z4, Z7 \
	VFMADD231PS.BCST 1792(QI), Z4, Z8 \
	ADDQ BX, ROW           \
	ADDQ $4, QI            \
	DECQ J                 \
	JNZ  row8              \
	VMOVUPS Z0, (S)        \
	VMOVUPS Z1, (S)(STRIDE*1) \
	VMOVUPS Z2, (S)(STRIDE*2) \
	VMOVUPS Z3, (S)(R15*1) \
	VMOVUPS Z5, (R14)      \
	VMOVUPS Z6, (R14)(STRIDE*1) \
	VMOVUPS Z7, (R14)(STRIDE*2) \
	VMOVUPS Z8, (R14)(R15*1) \
	ADDQ $64, S            \
	ADDQ $(16*BYTES), ROWS \
	SUBQ $16, I            \
	JNZ  column8           \
	IMUL3Q $7, STRIDE, R14 \
	ADDQ R14, S            \
	ADDQ $2048, Q          \
	SUBQ $8, G             \
	JMP  eight             \
four:                      \
	CMPQ G, $4             \
	JLT  one               \
	MOVQ v_base+48(FP), ROWS \
	MOVQ DIM, I            \
column4:                   \
	LEAQ (S)(STRIDE*2), R14 \
	VMOVUPS (S), Z0        \
	VMOVUPS (S)(STRIDE*1), Z1 \
	VMOVUPS (R14), Z2      \
	VMOVUPS (R14)(STRIDE*1), Z3 \
	MOVQ ROWS, ROW         \
	MOVQ Q, QI             \
	MOVQ N, J              \
row4:                      \
	PREFETCHT1 FETCH_AHEAD(ROW) \
	LOAD((ROW), Z4)        \
	VFMADD231PS.BCST (QI), Z4, Z0 \
	VFMADD231PS.BCST 256(QI), Z4, Z1 \
	VFMADD231PS.BCST 512(QI), Z4, Z2 \
	VFMADD231PS.BCST 768(QI), Z4, Z3 \
	ADDQ BX, ROW           \
	ADDQ $4, QI            \
	DECQ J                 \
	JNZ  row4              \
	VMOVUPS Z0, (S)        \
	VMOVUPS Z1, (S)(STRIDE*1) \
	VMOVUPS Z2, (R14)      \
	VMOVUPS Z3, (R14)(STRIDE*1) \
	ADDQ $64, S            \
	ADDQ $(16*BYTES), ROWS \
	SUBQ $16, I            \
	JNZ  column4           \
	LEAQ (STRIDE)(STRIDE*2), R14 \
	ADDQ R14, S            \
	ADDQ $1024, Q          \
	SUBQ $4, G             \
	JMP  four              \
one:                       \
	TESTQ G, G             \
	JZ   done              \
	MOVQ v_base+48(FP), ROWS \
	MOVQ DIM, I            \
column1:                   \
	VMOVUPS (S), Z0        \
	MOVQ ROWS, ROW         \
	MOVQ Q, QI             \
	MOVQ N, J              \
row1:                      \
	PREFETCHT1 FETCH_AHEAD(ROW) \
	LOAD((ROW), Z4)        \
	VFMADD231PS.BCST (QI), Z4, Z0 \
	ADDQ BX, ROW           \
	ADDQ $4, QI            \
	DECQ J                 \
	JNZ  row1              \
	VMOVUPS Z0, (S)        \
	ADDQ $64, S            \
	ADDQ $(16*BYTES), ROWS \
	SUBQ $16, I            \
	JNZ  column1           \
	ADDQ $256, Q           \
	DECQ G                 \
	JMP  one               \
done:                      \
	VZEROUPPER             \
	RET
