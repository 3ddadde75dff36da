//go:build !purego

#include "load_avx512_amd64.h"

// F32 rows to lanes: one element a gather.


// func loadF32AVX512(tile []float32, rows []byte, size, dim int)
TEXT ·loadF32AVX512(SB), NOSPLIT, $0-64
	ENTER

pass:
	BEGIN_PASS

element:
	GATHER(CODES, Z0)
	VMOVUPS Z0, (T)
	ADDQ $4, CODES
	ADDQ $128, T
	DECQ I
	JNZ  element
	END_PASS(pass)
