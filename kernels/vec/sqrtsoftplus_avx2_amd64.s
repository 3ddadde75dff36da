//go:build !purego

#include "sqrtsoftplus_amd64.h"
#include "exp_avx2_amd64.h"

// 8 elements are some 40 operations, a root among them; a division would double what one unit
// has to do.

DATA sign<>+0(SB)/4, $0x80000000
GLOBL sign<>(SB), RODATA|NOPTR, $4

// func sqrtSoftplusAVX2(x, sum, add []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $0-72
	ENTER_SOFTPLUS
	LOAD_EXP_AVX2
	VBROADCASTSS sign<>(SB), Y3
	XORQ BX, BX

exp:
	VORPS (SI)(BX*1), Y3, Y0 // -|x|
	EXP_DOWN_AVX2(Y0, Y1, Y2)
	VMOVUPS Y0, (DI)(BX*1) // t
	ADDQ $32, BX
	CMPQ BX, CX
	JLT  exp

	LOAD_SOFTPLUS(Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13)
	VPXOR Y15, Y15, Y15
	XORQ BX, BX

log:
	VMOVUPS (DI)(BX*1), Y0 // t
	VMAXPS (SI)(BX*1), Y15, Y2 // NaN passes: it is the second source
	VMULPS Y0, Y0, Y1
	VADDPS Y0, Y2, Y2
	VMOVAPS Y12, Y3
	VFMADD231PS Y13, Y0, Y3
	VMOVAPS Y10, Y4
	VFMADD231PS Y11, Y0, Y4
	VMOVAPS Y8, Y5
	VFMADD231PS Y9, Y0, Y5
	VFMADD213PS Y6, Y7, Y0
	VFMADD213PS Y4, Y1, Y3 // from t^6 on
	VFMADD213PS Y5, Y1, Y3
	VFMADD213PS Y0, Y1, Y3
	VFMADD231PS Y3, Y1, Y2
	VSQRTPS Y2, Y2
	VADDPS (R8)(BX*1), Y2, Y3
	VMOVUPS Y3, (DI)(BX*1)
	VMOVUPS Y2, (SI)(BX*1)
	ADDQ $32, BX
	CMPQ BX, CX
	JLT  log

	VZEROUPPER
	RET
