//go:build !purego

#include "load_avx512_amd64.h"

// F32 rows to lanes: four elements a quad, 256 bytes in and as many out. Its 8 shuffles
// bound it.

// func loadF32AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadF32AVX512(SB), NOSPLIT, $0-64
	ENTER

pass:
	BEGIN_PASS

four:
	QUAD
	VMOVUPS Z0, (T)
	VMOVUPS Z1, 128(T)
	VMOVUPS Z2, 256(T)
	VMOVUPS Z3, 384(T)
	ADDQ $512, T
	SUBQ $4, I
	JNZ  four
	END_PASS(pass)
