//go:build !purego

#include "textflag.h"

// x times the Walsh-Hadamard matrix: (a, b) -> (a+b, a-b) for elements 1, 2, 4 ... apart.
// Within a register the sums are those of the swapped elements and of the own ones, every
// second of which changes its sign. 16 elements do their first four steps together; each
// step after them goes through the cache.

// Signs of odd elements, pairs and halves.
DATA signs<>+0(SB)/8, $0x8000000000000000
DATA signs<>+8(SB)/8, $0x8000000000000000
DATA signs<>+16(SB)/8, $0x8000000000000000
DATA signs<>+24(SB)/8, $0x8000000000000000
DATA signs<>+32(SB)/8, $0
DATA signs<>+40(SB)/8, $0x8000000080000000
DATA signs<>+48(SB)/8, $0
DATA signs<>+56(SB)/8, $0x8000000080000000
DATA signs<>+64(SB)/8, $0
DATA signs<>+72(SB)/8, $0
DATA signs<>+80(SB)/8, $0x8000000080000000
DATA signs<>+88(SB)/8, $0x8000000080000000
GLOBL signs<>(SB), RODATA|NOPTR, $96

#define X SI
#define BYTES CX
#define END DX
#define STEP R8 // bytes between the two elements
#define LEFT R9

#define EIGHT(y, z) \
	VPERMILPS $0xb1, y, z      \
	VXORPS Y13, y, y           \
	VADDPS y, z, y             \
	VPERMILPS $0x4e, y, z      \
	VXORPS Y14, y, y           \
	VADDPS y, z, y             \
	VPERM2F128 $1, y, y, z     \
	VXORPS Y15, y, y           \
	VADDPS y, z, y

// func hadamardAVX2(x []float32)
TEXT ·hadamardAVX2(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), X
	MOVQ x_len+8(FP), BYTES
	SHLQ $2, BYTES
	LEAQ (X)(BYTES*1), END
	VMOVUPS signs<>+0(SB), Y13
	VMOVUPS signs<>+32(SB), Y14
	VMOVUPS signs<>+64(SB), Y15

sixteen:
	VMOVUPS (X), Y0
	VMOVUPS 32(X), Y1
	EIGHT(Y0, Y2)
	EIGHT(Y1, Y3)
	VADDPS Y1, Y0, Y2
	VSUBPS Y1, Y0, Y3
	VMOVUPS Y2, (X)
	VMOVUPS Y3, 32(X)
	ADDQ $64, X
	CMPQ X, END
	JNE  sixteen
	MOVQ $64, STEP

step:
	CMPQ STEP, BYTES
	JEQ  done
	MOVQ x_base+0(FP), X

group:
	MOVQ STEP, LEFT

pair:
	VMOVUPS (X), Y0
	VMOVUPS 32(X), Y1
	VMOVUPS (X)(STEP*1), Y2
	VMOVUPS 32(X)(STEP*1), Y3
	VADDPS Y2, Y0, Y4
	VADDPS Y3, Y1, Y5
	VSUBPS Y2, Y0, Y0
	VSUBPS Y3, Y1, Y1
	VMOVUPS Y4, (X)
	VMOVUPS Y5, 32(X)
	VMOVUPS Y0, (X)(STEP*1)
	VMOVUPS Y1, 32(X)(STEP*1)
	ADDQ $64, X
	SUBQ $64, LEFT
	JNZ  pair
	ADDQ STEP, X
	CMPQ X, END
	JNE  group
	ADDQ STEP, STEP
	JMP  step

done:
	VZEROUPPER
	RET
