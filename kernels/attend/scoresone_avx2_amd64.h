// The AVX2 scores of queries left over, one at a time: 6 rows, whose 6 sums keep the
// multiply-adds busy and whose lines come from memory side by side. A row's products are
// added up in the order of the tile, so that a query gets the same scores in either. Where
// fewer than 6 rows are left the last one is taken again.

// FETCH1 goes with 8 elements of 6 rows: twice the bytes of FETCH for 8 elements, half of
// them at each of two places.
#ifdef NEXT
#define BEGIN_FETCH1 HALVES; ADDQ STEP, STEP
#define FETCH1 BOTH; ADDQ STEP, NEXT
#else
#define BEGIN_FETCH1
#define FETCH1
#endif

// Ends of the other rows, in place of queries and their number.
#define R3 BX
#define R4 DX
#define R5 R9

// AFTER is the row after r, or r where fewer than n rows are left.
#define AFTER(n, r, next) \
	LEAQ (r)(ROW_BYTES*1), next \
	CMPQ J, $n                  \
	CMOVQLT r, next

#define ADD_ROW(r, row, sum) \
	LOAD((r)(I*BYTES), row)    \
	VFMADD231PS row, Y15, sum

#define SCORES_ONE \
	BEGIN_FETCH1                \
	ADDQ $4, G                  \
	MOVQ G, heads+80(FP)        \
one:                            \
	SUBQ $1, heads+80(FP)       \
	JLT  done                   \
	FIRST_ROWS                  \
rows1:                          \
	AFTER(2, R0, R1)            \
	AFTER(3, R1, R2)            \
	AFTER(4, R2, R3)            \
	AFTER(5, R3, R4)            \
	AFTER(6, R4, R5)            \
	MOVQ dim+72(FP), I          \
	NEGQ I                      \
	CLEAR3(Y0, Y1, Y2)          \
	CLEAR3(Y3, Y4, Y5)          \
column1:                        \
	FETCH1                      \
	VMOVUPS (Q0)(I*4), Y15      \
	ADD_ROW(R0, Y6, Y0)         \
	ADD_ROW(R1, Y7, Y1)         \
	ADD_ROW(R2, Y8, Y2)         \
	ADD_ROW(R3, Y9, Y3)         \
	ADD_ROW(R4, Y10, Y4)        \
	ADD_ROW(R5, Y11, Y5)        \
	ADDQ $8, I                  \
	JNZ  column1                \
	SUMS(Y0, Y1, Y2, Y3, Y4, Y5, X0, (T), 12(T)) \
	LEAQ (R5)(ROW_BYTES*1), R0  \
	ADDQ $24, T                 \
	SUBQ $6, J                  \
	JGT  rows1                  \
	MOVQ dim+72(FP), DIM        \
	LEAQ (Q0)(DIM*4), Q0        \
	ADDQ $256, s_base+0(FP)     \
	JMP  one
