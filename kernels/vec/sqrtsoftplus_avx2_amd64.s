//go:build !purego

#include "textflag.h"
#include "exp_avx2_amd64.h"

// dst = sqrt(max(x, 0) + log1p(exp(-|x|))); 8 elements an iteration, some 50
// operations on them. With t = exp(-|x|) <= 1, log1p(t) = 2 atanh(s), s = t/(2+t)
// <= 1/3, by its series up to s^13, which leaves less than 2^-26: small t lose
// nothing. The exponential's constants fill the registers: others are in memory.

DATA odd8<>+0(SB)/8, $0x3d9d89d93d9d89d9  // 1/13
DATA odd8<>+8(SB)/8, $0x3d9d89d93d9d89d9
DATA odd8<>+16(SB)/8, $0x3d9d89d93d9d89d9
DATA odd8<>+24(SB)/8, $0x3d9d89d93d9d89d9
DATA odd8<>+32(SB)/8, $0x3dba2e8c3dba2e8c  // 1/11
DATA odd8<>+40(SB)/8, $0x3dba2e8c3dba2e8c
DATA odd8<>+48(SB)/8, $0x3dba2e8c3dba2e8c
DATA odd8<>+56(SB)/8, $0x3dba2e8c3dba2e8c
DATA odd8<>+64(SB)/8, $0x3de38e393de38e39  // 1/9
DATA odd8<>+72(SB)/8, $0x3de38e393de38e39
DATA odd8<>+80(SB)/8, $0x3de38e393de38e39
DATA odd8<>+88(SB)/8, $0x3de38e393de38e39
DATA odd8<>+96(SB)/8, $0x3e1249253e124925  // 1/7
DATA odd8<>+104(SB)/8, $0x3e1249253e124925
DATA odd8<>+112(SB)/8, $0x3e1249253e124925
DATA odd8<>+120(SB)/8, $0x3e1249253e124925
DATA odd8<>+128(SB)/8, $0x3e4ccccd3e4ccccd  // 1/5
DATA odd8<>+136(SB)/8, $0x3e4ccccd3e4ccccd
DATA odd8<>+144(SB)/8, $0x3e4ccccd3e4ccccd
DATA odd8<>+152(SB)/8, $0x3e4ccccd3e4ccccd
DATA odd8<>+160(SB)/8, $0x3eaaaaab3eaaaaab  // 1/3
DATA odd8<>+168(SB)/8, $0x3eaaaaab3eaaaaab
DATA odd8<>+176(SB)/8, $0x3eaaaaab3eaaaaab
DATA odd8<>+184(SB)/8, $0x3eaaaaab3eaaaaab
DATA odd8<>+192(SB)/8, $0x8000000080000000  // the sign
DATA odd8<>+200(SB)/8, $0x8000000080000000
DATA odd8<>+208(SB)/8, $0x8000000080000000
DATA odd8<>+216(SB)/8, $0x8000000080000000
GLOBL odd8<>(SB), RODATA|NOPTR, $224

// func sqrtSoftplusAVX2(dst, x []float32)
TEXT ·sqrtSoftplusAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ x_base+24(FP), SI
	MOVQ x_len+32(FP), CX
	LOAD_EXP_AVX2

loop:
	VMOVUPS (SI), Y0
	VORPS odd8<>+192(SB), Y0, Y0 // -|x|
	EXP_AVX2(Y0, Y1, Y2)
	VADDPS Y13, Y13, Y1
	VADDPS Y0, Y1, Y1
	VDIVPS Y1, Y0, Y1 // s
	VMULPS Y1, Y1, Y2
	VMOVUPS odd8<>+0(SB), Y3
	VFMADD213PS odd8<>+32(SB), Y2, Y3
	VFMADD213PS odd8<>+64(SB), Y2, Y3
	VFMADD213PS odd8<>+96(SB), Y2, Y3
	VFMADD213PS odd8<>+128(SB), Y2, Y3
	VFMADD213PS odd8<>+160(SB), Y2, Y3
	VFMADD213PS Y13, Y2, Y3
	VADDPS Y1, Y1, Y1
	VPXOR Y0, Y0, Y0
	VMAXPS (SI), Y0, Y0 // NaN passes: it is the second source
	VFMADD231PS Y3, Y1, Y0
	VSQRTPS Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  loop
	VZEROUPPER
	RET
