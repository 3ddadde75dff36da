//go:build !purego

#include "load_avx2_amd64.h"

// BF16 rows to lanes: eight elements a quad, the upper halves of their f32. 128 bytes that
// become 256 are 8 shuffles, which bound it, and 8 operations.

#define PAIR(y, offset) \
	VPSLLD $16, y, Y8           \
	VPAND Y9, y, y              \
	VMOVUPS Y8, offset(T)       \
	VMOVUPS y, (offset+128)(T)

// func loadBF16AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadBF16AVX2(SB), NOSPLIT, $0-64
	ENTER
	VPCMPEQD Y9, Y9, Y9
	VPSLLD $16, Y9, Y9

pass:
	BEGIN_PASS

eight:
	QUAD
	PAIR(Y0, 0)
	PAIR(Y1, 256)
	PAIR(Y2, 512)
	PAIR(Y3, 768)
	ADDQ $1024, T
	SUBQ $8, I
	JNZ  eight
	END_PASS(pass)
