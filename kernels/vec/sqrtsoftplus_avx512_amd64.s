//go:build !purego

#include "sqrtsoftplus_amd64.h"
#include "exp_avx512_amd64.h"

// 16 elements are some 30 operations, a root among them; a division would double what one unit
// has to do.

DATA most<>+0(SB)/4, $0x42d00000 // 104
GLOBL most<>(SB), RODATA|NOPTR, $4

// func sqrtSoftplusAVX512(x, sum, add []float32)
TEXT ·sqrtSoftplusAVX512(SB), NOSPLIT, $0-72
	ENTER_SOFTPLUS
	LOAD_EXP_AVX512
	VBROADCASTSS most<>(SB), Z17
	XORQ BX, BX

exp:
	VMOVUPS (SI)(BX*1), Z0
	VRANGEPS $0xe, Z17, Z0, Z0 // -min(|x|, 104)
	EXP_INSIDE_AVX512(Z0, Z1, Z2, Z3)
	VMOVUPS Z0, (DI)(BX*1) // t
	ADDQ $64, BX
	CMPQ BX, CX
	JLT  exp

	LOAD_SOFTPLUS(Z9, Z10, Z11, Z12, Z13, Z14, Z15, Z16)
	VPXORD Z17, Z17, Z17
	XORQ BX, BX

log:
	VMOVUPS (DI)(BX*1), Z0 // t
	VMULPS Z0, Z0, Z1
	VMOVAPS Z15, Z2
	VFMADD231PS Z16, Z0, Z2
	VMOVAPS Z13, Z3
	VFMADD231PS Z14, Z0, Z3
	VMOVAPS Z11, Z4
	VFMADD231PS Z12, Z0, Z4
	VMOVAPS Z9, Z5
	VFMADD231PS Z10, Z0, Z5
	VFMADD213PS Z3, Z1, Z2 // from t^6 on
	VFMADD213PS Z4, Z1, Z2
	VFMADD213PS Z5, Z1, Z2
	VFMADD213PS Z0, Z1, Z2
	VMAXPS (SI)(BX*1), Z17, Z3 // NaN passes: it is the second source
	VADDPS Z3, Z2, Z2
	VSQRTPS Z2, Z2
	VADDPS (R8)(BX*1), Z2, Z3
	VMOVUPS Z3, (DI)(BX*1)
	VMOVUPS Z2, (SI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, CX
	JLT  log

	VZEROUPPER
	RET
