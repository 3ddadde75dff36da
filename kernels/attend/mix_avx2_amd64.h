// The body of the AVX2 weighted sums, out[g] += sum over j of p[g][j] v[j].
// LOAD(address, begun, y) makes 8 f32 of a row, with what BEGIN_LOADS put into the register
// begun, BYTES is the size of an element: the file that includes this one defines them.
//
// Tile: 24 columns x 4 queries in 12 accumulators, over all rows. A row is 3 loads, 4
// broadcasts and 12 multiply-adds, 192 FLOP: bound by the multiply-adds where a cycle has
// two loads and two of them, and by the number of instructions where another thread takes
// half of those a core can begin. Columns left over, 16 or 32, go 16 at a time: 8
// accumulators, just enough for the latency of the multiply-adds. All queries take their
// part of a strip of columns before the next one begins: the strip stays in the
// first-level cache. Queries left over go one at a time.

// Where fetch_amd64.h is included too: FETCH goes with a row of a tile, 24 columns.
#ifdef NEXT
#define STEP3 AX
#define BEGIN_FETCH FETCHES; LEAQ (STEP)(STEP*2), STEP3
#define FETCH PREFETCHT1 (NEXT); ADDQ STEP3, NEXT
#else
#define BEGIN_FETCH
#define FETCH
#endif

#define OUT DI     // current columns of the first query
#define V DX       // of the first row
#define COLUMNS R8 // left
#define O R13      // of the current queries
#define P SI       // ends of the weights of the current queries
#define G R9       // queries left
#define ROW R11    // current columns of the current row
#define J R12      // rows left, negative
#define OUT_BYTES CX
#define OUT_BYTES3 R15 // three times
#define ROW_BYTES BX

#define FIRST_QUERY \
	MOVQ OUT, O           \
	MOVQ n+88(FP), J      \
	MOVQ p_base+24(FP), P \
	LEAQ (P)(J*4), P      \
	MOVQ heads+80(FP), G

#define FIRST_ROW \
	MOVQ V, ROW      \
	MOVQ n+88(FP), J \
	NEGQ J

#define NEXT_ROW(label) \
	ADDQ ROW_BYTES, ROW \
	INCQ J              \
	JNZ  label

#define NEXT_QUERIES(n) \
	ADDQ $(256*n), P \
	SUBQ $n, G

#define NEXT_COLUMNS(n) \
	ADDQ $(4*n), OUT   \
	ADDQ $(n*BYTES), V \
	SUBQ $n, COLUMNS

#define GET2(address, y0, y1) \
	VMOVUPS address, y0    \
	VMOVUPS 32 address, y1

#define GET3(address, y0, y1, y2) \
	GET2(address, y0, y1)  \
	VMOVUPS 64 address, y2

#define PUT2(address, y0, y1) \
	VMOVUPS y0, address    \
	VMOVUPS y1, 32 address

#define PUT3(address, y0, y1, y2) \
	PUT2(address, y0, y1)  \
	VMOVUPS y2, 64 address

#define ROW2 \
	FETCH                 \
	BEGIN_LOADS(Y15)      \
	LOAD((ROW), Y15, Y12) \
	LOAD((8*BYTES)(ROW), Y15, Y13)

#define ROW3 \
	ROW2 \
	LOAD((16*BYTES)(ROW), Y15, Y14)

#define ADD3(weight, y0, y1, y2) \
	VBROADCASTSS weight, Y15 \
	VFMADD231PS Y12, Y15, y0 \
	VFMADD231PS Y13, Y15, y1 \
	VFMADD231PS Y14, Y15, y2

#define ADD2(weight, y0, y1) \
	VBROADCASTSS weight, Y15 \
	VFMADD231PS Y12, Y15, y0 \
	VFMADD231PS Y13, Y15, y1

#include "mixone_avx2_amd64.h"

#define MIX \
	BEGIN_FETCH                 \
	MOVQ out_base+0(FP), OUT    \
	MOVQ v_base+48(FP), V       \
	MOVQ dim+72(FP), COLUMNS    \
	LEAQ (COLUMNS*4), OUT_BYTES \
	LEAQ (OUT_BYTES)(OUT_BYTES*2), OUT_BYTES3 \
	MOVQ stride+96(FP), ROW_BYTES \
	IMUL3Q $BYTES, ROW_BYTES, ROW_BYTES \
strip24:                        \
	CMPQ COLUMNS, $32           \
	JEQ  strip16                \
	CMPQ COLUMNS, $24           \
	JLT  strip16                \
	FIRST_QUERY                 \
four24:                         \
	CMPQ G, $4                  \
	JLT  next24                 \
	GET3((O), Y0, Y1, Y2)       \
	GET3((O)(OUT_BYTES*1), Y3, Y4, Y5) \
	GET3((O)(OUT_BYTES*2), Y6, Y7, Y8) \
	GET3((O)(OUT_BYTES3*1), Y9, Y10, Y11) \
	FIRST_ROW                   \
row4x24:                        \
	ROW3                        \
	ADD3((P)(J*4), Y0, Y1, Y2)  \
	ADD3(256(P)(J*4), Y3, Y4, Y5) \
	ADD3(512(P)(J*4), Y6, Y7, Y8) \
	ADD3(768(P)(J*4), Y9, Y10, Y11) \
	NEXT_ROW(row4x24)           \
	PUT3((O), Y0, Y1, Y2)       \
	PUT3((O)(OUT_BYTES*1), Y3, Y4, Y5) \
	PUT3((O)(OUT_BYTES*2), Y6, Y7, Y8) \
	PUT3((O)(OUT_BYTES3*1), Y9, Y10, Y11) \
	LEAQ (O)(OUT_BYTES*4), O    \
	NEXT_QUERIES(4)             \
	JMP  four24                 \
next24:                         \
	NEXT_COLUMNS(24)            \
	JMP  strip24                \
strip16:                        \
	TESTQ COLUMNS, COLUMNS      \
	JZ   ones                   \
	FIRST_QUERY                 \
four16:                         \
	CMPQ G, $4                  \
	JLT  next16                 \
	GET2((O), Y0, Y1)           \
	GET2((O)(OUT_BYTES*1), Y2, Y3) \
	GET2((O)(OUT_BYTES*2), Y4, Y5) \
	GET2((O)(OUT_BYTES3*1), Y6, Y7) \
	FIRST_ROW                   \
row4x16:                        \
	ROW2                        \
	ADD2((P)(J*4), Y0, Y1)      \
	ADD2(256(P)(J*4), Y2, Y3)   \
	ADD2(512(P)(J*4), Y4, Y5)   \
	ADD2(768(P)(J*4), Y6, Y7)   \
	NEXT_ROW(row4x16)           \
	PUT2((O), Y0, Y1)           \
	PUT2((O)(OUT_BYTES*1), Y2, Y3) \
	PUT2((O)(OUT_BYTES*2), Y4, Y5) \
	PUT2((O)(OUT_BYTES3*1), Y6, Y7) \
	LEAQ (O)(OUT_BYTES*4), O    \
	NEXT_QUERIES(4)             \
	JMP  four16                 \
next16:                         \
	NEXT_COLUMNS(16)            \
	JMP  strip16                \
ones:                           \
	MIX_ONE                     \
done:                           \
	VZEROUPPER                  \
	RET
