//go:build !purego

#include "load_avx512_amd64.h"

// BF16 rows to lanes: two elements a gather, the upper halves of their f32.


// func loadBF16AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadBF16AVX512(SB), NOSPLIT, $0-64
	ENTER
	MOVL $-1, AX
	VPBROADCASTD AX, Z3
	VPSLLD $16, Z3, Z3

pass:
	BEGIN_PASS

pair:
	GATHER(CODES, Z0)
	VPSLLD $16, Z0, Z1
	VPANDD Z3, Z0, Z0
	VMOVUPS Z1, (T)
	VMOVUPS Z0, 128(T)
	ADDQ $4, CODES
	ADDQ $256, T
	SUBQ $2, I
	JNZ  pair
	END_PASS(pass)
