//go:build !purego

#include "load_avx2_amd64.h"

// BF16 rows to lanes: two elements a gather, the upper halves of their f32.


// func loadBF16AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadBF16AVX2(SB), NOSPLIT, $0-64
	ENTER
	VPCMPEQD Y3, Y3, Y3
	VPSLLD $16, Y3, Y3

pass:
	BEGIN_PASS

pair:
	GATHER(CODES, Y0)
	VPSLLD $16, Y0, Y1
	VPAND Y3, Y0, Y0
	VMOVUPS Y1, (T)
	VMOVUPS Y0, 128(T)
	ADDQ $4, CODES
	ADDQ $256, T
	SUBQ $2, I
	JNZ  pair
	END_PASS(pass)
