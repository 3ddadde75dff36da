//go:build !purego

#include "load_avx2_amd64.h"

// F32 rows to lanes: one element a gather.


// func loadF32AVX2(tile []float32, rows []byte, size, dim int)
TEXT ·loadF32AVX2(SB), NOSPLIT, $0-64
	ENTER

pass:
	BEGIN_PASS

element:
	GATHER(CODES, Y0)
	VMOVUPS Y0, (T)
	ADDQ $4, CODES
	ADDQ $128, T
	DECQ I
	JNZ  element
	END_PASS(pass)
