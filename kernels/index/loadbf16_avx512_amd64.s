//go:build !purego

#include "load_avx512_amd64.h"

// BF16 rows to lanes: eight elements a quad, the upper halves of their f32. 256 bytes that
// become 512 are 8 shuffles, which bound it, and 8 operations.

#define PAIR(z, offset) \
	VPSLLD $16, z, Z8           \
	VPANDD Z9, z, z              \
	VMOVUPS Z8, offset(T)       \
	VMOVUPS z, (offset+128)(T)

// func loadBF16AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadBF16AVX512(SB), NOSPLIT, $0-64
	ENTER
	VPTERNLOGD $0xff, Z9, Z9, Z9
	VPSLLD $16, Z9, Z9

pass:
	BEGIN_PASS

eight:
	QUAD
	PAIR(Z0, 0)
	PAIR(Z1, 256)
	PAIR(Z2, 512)
	PAIR(Z3, 768)
	ADDQ $1024, T
	SUBQ $8, I
	JNZ  eight
	END_PASS(pass)
