//go:build !purego

#include "load_avx512_amd64.h"

// FP8 (e4m3fn) rows to lanes in bf16: 16 elements a quad, two pairs in each register. The
// bytes of a bf16 are looked up with the lower 7 bits of its code in two tables of 128, and
// get its sign. Elements 0 and 2 of four are a pair, 1 and 3 another. One f32 scale a row
// follows the codes.

#define LOW0 Z16
#define LOW1 Z17
#define HIGH0 Z18
#define HIGH1 Z19
#define SIGN Z20

#define FOUR(z) \
	VMOVDQA64 z, Z8                  \
	VMOVDQA64 z, Z9                  \
	VPERMI2B LOW1, LOW0, Z8          \
	VPERMI2B HIGH1, HIGH0, Z9        \
	VPTERNLOGD $0xf8, SIGN, z, Z9    \
	VPSLLW $8, Z9, Z10               \
	VPSRLW $8, Z8, Z11               \
	VMOVDQU8 Z8, K2, Z10             \
	VMOVDQU8 Z9, K3, Z11             \
	VMOVDQU32 Z10, (T)               \
	VMOVDQU32 Z11, 128(T)            \
	ADDQ $256, T

// func loadPairsAVX512BF16(tile []uint32, rows []byte, size, dim int, table *[2][128]byte)
TEXT ·loadPairsAVX512BF16(SB), NOSPLIT, $0-72
	ENTER
	MOVQ table+64(FP), AX
	VMOVDQU64 (AX), LOW0
	VMOVDQU64 64(AX), LOW1
	VMOVDQU64 128(AX), HIGH0
	VMOVDQU64 192(AX), HIGH1
	MOVL $0x80808080, AX
	VPBROADCASTD AX, SIGN
	MOVQ $0x5555555555555555, AX
	KMOVQ AX, K2 // lower bytes
	KNOTQ K2, K3 // upper bytes

	FP8_PASS(Z12)
	VMOVUPS Z12, (T)
	END_PASS(pass)
