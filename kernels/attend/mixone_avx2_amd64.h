// The AVX2 weighted sums of queries left over, one at a time, 64 columns wide: as many sums
// as keep the multiply-adds busy, and most of a row read from front to back. Columns left
// over go 8 at a time.

// FETCH1 goes with n times 8 columns.
#ifdef NEXT
#define BEGIN_FETCH1 HALVES
#define FETCH1(n) BOTH; LEAQ (NEXT)(STEP*n), NEXT
#else
#define BEGIN_FETCH1
#define FETCH1(n)
#endif

// GET, PUT and ADD are for columns 8i to 8i+7.
#define GET(i, y) VMOVUPS (32*i)(O), y
#define PUT(i, y) VMOVUPS y, (32*i)(O)
#define ADD(i, y) \
	LOAD((8*i*BYTES)(ROW), Y14, Y12) \
	VFMADD231PS Y12, Y15, y

#define SUMS8(DO) \
	DO(0, Y0) \
	DO(1, Y1) \
	DO(2, Y2) \
	DO(3, Y3) \
	DO(4, Y4) \
	DO(5, Y5) \
	DO(6, Y6) \
	DO(7, Y7)

#define MIX_ONE \
	BEGIN_FETCH1                \
	MOVQ heads+80(FP), O        \
	MOVQ O, G                   \
	ANDQ $3, G                  \
	SUBQ G, O                   \
	MOVQ O, P                   \
	IMULQ OUT_BYTES, O          \
	ADDQ out_base+0(FP), O      \
	SHLQ $8, P                  \
	ADDQ p_base+24(FP), P       \
	MOVQ n+88(FP), J            \
	LEAQ (P)(J*4), P            \
one:                            \
	SUBQ $1, G                  \
	JLT  done                   \
	MOVQ v_base+48(FP), V       \
	MOVQ dim+72(FP), COLUMNS    \
strip64:                        \
	CMPQ COLUMNS, $64           \
	JLT  last8                  \
	SUMS8(GET)                  \
	FIRST_ROW                   \
row1x64:                        \
	FETCH1(8)                   \
	VBROADCASTSS (P)(J*4), Y15  \
	BEGIN_LOADS(Y14)            \
	SUMS8(ADD)                  \
	NEXT_ROW(row1x64)           \
	SUMS8(PUT)                  \
	ADDQ $256, O                \
	ADDQ $(64*BYTES), V         \
	SUBQ $64, COLUMNS           \
	JMP  strip64                \
last8:                          \
	TESTQ COLUMNS, COLUMNS      \
	JZ   next1                  \
	GET(0, Y0)                  \
	FIRST_ROW                   \
row1x8:                         \
	FETCH1(1)                   \
	VBROADCASTSS (P)(J*4), Y15  \
	BEGIN_LOADS(Y14)            \
	ADD(0, Y0)                  \
	NEXT_ROW(row1x8)            \
	PUT(0, Y0)                  \
	ADDQ $32, O                 \
	ADDQ $(8*BYTES), V          \
	SUBQ $8, COLUMNS            \
	JMP  last8                  \
next1:                          \
	ADDQ $256, P                \
	JMP  one
