//go:build !purego

// FP8 (e4m3fn) rows, and their BF16, to bf16: 64 codes a turn.
//
// VPERMI2B looks up 7 bits of every code, its magnitude, in 128 bytes: the high bytes of the
// bf16 and the low ones. The high one is a sign and all but the last bit of the exponent, so
// that a scale of an even power of two adds to it, unless it is that of 0; for odd powers
// there are tables of twice the magnitudes. Two more lookups lay the bytes side by side: 7
// operations for 64 codes. Scales of f32, and powers whose products may leave the range of
// bf16, multiply f32: 13. Bound by stores to the second-level cache, where decoded rows go.
// All the while the row that comes some rows later is asked for, line by line.

#include "go_asm.h"
#include "pairs_avx512bf16_amd64.h"

#define DST DI
#define DATA SI
#define IDS BX
#define N CX       // rows left
#define SHAPE R8
#define TABLES R9
#define SRC R10    // codes of the current row
#define SCALES R11
#define LATER R12  // line of the row to come
#define CODES R13  // left
#define BLOCK DX   // codes left in the block
#define D R15      // where the current row goes

// LINE loads 64 codes, twice.
#define LINE \
	VMOVDQU64 (SRC), Z1 \
	PREFETCHT0 (LATER)  \
	VMOVDQA64 Z1, Z2

// AFTER stores what became of them.
#define AFTER(block, next) \
	VMOVDQU64 Z0, (D)    \
	VMOVDQU64 Z3, 64(D)  \
	ADDQ $64, SRC        \
	ADDQ $128, D         \
	ADDQ $64, LATER      \
	SUBQ $64, CODES      \
	JZ   words           \
	SUBQ $64, BLOCK      \
	JNZ  next            \
	JMP  block

// FLOATS makes f32 of 16 codes and multiplies them.
#define FLOATS(index, z) \
	VMOVDQA64 index, z         \
	VPERMI2B.Z Z2, Z1, K2, z   \
	VMULPS Z9, z, z

// func loadRowsAVX512BF16(dst []uint16, data []byte, ids []int32, n, pitch int, s *rowShape)
TEXT ·loadRowsAVX512BF16(SB), NOSPLIT, $0-96
	MOVQ dst_base+0(FP), DST
	MOVQ data_base+24(FP), DATA
	MOVQ ids_base+48(FP), IDS
	MOVQ n+72(FP), N
	MOVQ s+88(FP), SHAPE
	MOVQ ·rowBF16(SB), TABLES
	VMOVDQA64 rowTables_magnitudes(TABLES), Z20 // even powers, high and low
	VMOVDQA64 (rowTables_magnitudes+64)(TABLES), Z21
	VMOVDQA64 (rowTables_magnitudes+128)(TABLES), Z22
	VMOVDQA64 (rowTables_magnitudes+192)(TABLES), Z23
	VMOVDQA64 rowTables_words(TABLES), Z24
	VMOVDQA64 (rowTables_words+64)(TABLES), Z25
	VMOVDQA64 rowTables_floats(TABLES), Z26
	VMOVDQA64 (rowTables_floats+64)(TABLES), Z27
	VMOVDQA64 (rowTables_floats+128)(TABLES), Z28
	VMOVDQA64 (rowTables_floats+192)(TABLES), Z29
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z30
	MOVQ $0xcccccccccccccccc, AX // upper halves
	KMOVQ AX, K2

row:
	MOVLQSX (IDS), SRC
	MOVQ ids_len+56(FP), AX
	MOVQ SRC, LATER
	CMPQ AX, $const_fetchAhead
	JLE  near
	MOVLQSX (const_fetchAhead*4)(IDS), LATER

near:
	DECQ AX
	MOVQ AX, ids_len+56(FP)
	ADDQ $4, IDS
	IMULQ rowShape_size(SHAPE), SRC
	IMULQ rowShape_size(SHAPE), LATER
	ADDQ DATA, SRC
	ADDQ DATA, LATER
	MOVQ rowShape_size(SHAPE), AX
	PREFETCHT0 -1(LATER)(AX*1)
	MOVQ rowShape_codes(SHAPE), CODES
	MOVQ rowShape_words(SHAPE), AX
	LEAQ (SRC)(CODES*1), SCALES
	LEAQ (SCALES)(AX*2), SCALES
	MOVQ DST, D

block:
	MOVQ rowShape_block(SHAPE), BLOCK
	CMPQ rowShape_scale(SHAPE), $4
	JEQ  float
	MOVBLZX (SCALES), AX
	INCQ SCALES
	LEAL -10(AX), R14
	CMPL R14, $236
	JHI  far
	SUBL $127, AX
	MOVL AX, R14
	SARL $1, AX
	VPBROADCASTB AX, Z9
	ANDL $1, R14
	SHLL $8, R14
	LEAQ rowTables_magnitudes(TABLES)(R14*1), R14
	VMOVDQA64 (R14), Z5
	VMOVDQA64 128(R14), Z6

power:
	LINE
	VPERMI2B 64(R14), Z5, Z2
	VPTESTMB Z2, Z2, K1
	VPADDB.Z Z9, Z2, K1, Z2
	VPTERNLOGD $0xf8, Z30, Z1, Z2
	VPERMI2B 192(R14), Z6, Z1
	VMOVDQA64 Z24, Z0
	VMOVDQA64 Z25, Z3
	VPERMI2B Z2, Z1, Z0
	VPERMI2B Z2, Z1, Z3
	AFTER(block, power)

far:
	SHLL $23, AX
	VPBROADCASTD AX, Z9
	JMP  multiply

float:
	VBROADCASTSS (SCALES), Z9
	ADDQ $4, SCALES

multiply:
	LINE
	VPERMI2B Z21, Z20, Z2
	VPTERNLOGD $0xf8, Z30, Z1, Z2
	VPERMI2B Z23, Z22, Z1
	FLOATS(Z26, Z0)
	FLOATS(Z27, Z3)
	FLOATS(Z28, Z4)
	FLOATS(Z29, Z5)
	VCVTNE2PS2BF16(0, 3, 0)
	VCVTNE2PS2BF16(4, 5, 3)
	AFTER(block, multiply)

words:
	MOVQ rowShape_words(SHAPE), AX
	TESTQ AX, AX
	JZ   end

copy:
	VMOVDQU64 (SRC), Z0
	PREFETCHT0 (LATER)
	VMOVDQU64 Z0, (D)
	ADDQ $64, SRC
	ADDQ $64, D
	ADDQ $64, LATER
	SUBQ $32, AX
	JNZ  copy

end:
	MOVQ pitch+80(FP), AX
	LEAQ (DST)(AX*2), DST
	DECQ N
	JNZ  row
	VZEROUPPER
	RET
