//go:build !purego

#include "load_avx2_amd64.h"

// F32 rows to lanes: four elements a quad, 128 bytes in and as many out. Its 8 shuffles
// bound it.

// func loadF32AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadF32AVX2(SB), NOSPLIT, $0-64
	ENTER

pass:
	BEGIN_PASS

four:
	QUAD
	VMOVUPS Y0, (T)
	VMOVUPS Y1, 128(T)
	VMOVUPS Y2, 256(T)
	VMOVUPS Y3, 384(T)
	ADDQ $512, T
	SUBQ $4, I
	JNZ  four
	END_PASS(pass)
