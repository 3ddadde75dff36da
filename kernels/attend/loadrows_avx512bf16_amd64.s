//go:build !purego

// FP8 (e4m3fn) rows, and their BF16, to bf16: 64 codes, a line, a turn.
//
// VPERMI2B looks up 7 bits of every code, its magnitude, in 128 bytes: the high bytes of the
// bf16 and the low ones, which are laid side by side. A scale of a power of two adds to the
// exponents of what is not 0: 10 operations for 64 codes. Scales of f32, and powers whose products
// may leave the range of bf16, multiply f32: 13. Bound by their number. Scales are laid out first,
// one for every line.
// All the while the row that comes some rows later is asked for, line by line.

#include "go_asm.h"
#include "pairs_avx512bf16_amd64.h"

#define DST DI
#define ROWS SI    // all of them
#define IDS BX
#define N CX       // rows left
#define SHAPE R8
#define TABLES R9
#define SRC R10    // the current row
#define AT R11     // bytes of it done
#define LATER R12  // the row to come
#define CODES R13  // bytes of codes
#define END DX     // and of words, behind which are the scales
#define SCALES R14 // of lines, laid out
#define SCALE R15  // of the current one
#define D R15      // where the words go, in its place

// BYTES looks up the high and the low bytes of the codes in Z1.
#define BYTES \
	VMOVDQA64 Z1, Z2              \
	VPERMI2B Z21, Z20, Z2         \
	VPTERNLOGD $0xf8, Z30, Z1, Z2 \
	VPERMI2B Z23, Z22, Z1         \
	PREFETCHT0 (LATER)(AT*1)

// STORE stores what became of them.
#define STORE(next) \
	VMOVDQU64 Z0, (DST)(AT*2)   \
	VMOVDQU64 Z3, 64(DST)(AT*2) \
	ADDQ $4, SCALE              \
	ADDQ $64, AT                \
	CMPQ AT, CODES              \
	JLT  next

// FLOATS makes f32 of 16 codes and multiplies them.
#define FLOATS(index, z) \
	VMOVDQA64 index, z         \
	VPERMI2B.Z Z2, Z1, K2, z   \
	VMULPS Z9, z, z

DATA rowNumbers<>+0(SB)/4, $127
DATA rowNumbers<>+4(SB)/4, $10  // the least exponent that only adds,
DATA rowNumbers<>+8(SB)/4, $236 // and how much greater the greatest is
DATA rowNumbers<>+12(SB)/4, $0x7fff7fff // all but signs
DATA rowNumbers<>+16(SB)/4, $0x80808080
GLOBL rowNumbers<>(SB), RODATA|NOPTR, $20

// Eighths of a line: what VPUNPCKLBW takes, and what VPUNPCKHBW takes, in turn.
DATA eighths<>+0(SB)/8, $0
DATA eighths<>+8(SB)/8, $4
DATA eighths<>+16(SB)/8, $1
DATA eighths<>+24(SB)/8, $5
DATA eighths<>+32(SB)/8, $2
DATA eighths<>+40(SB)/8, $6
DATA eighths<>+48(SB)/8, $3
DATA eighths<>+56(SB)/8, $7
GLOBL eighths<>(SB), RODATA|NOPTR, $64

// func loadRowsAVX512BF16(dst []uint16, data []byte, ids []int32, n, pitch int, s *rowShape)
TEXT ·loadRowsAVX512BF16(SB), NOSPLIT, $128-96
	MOVQ dst_base+0(FP), DST
	MOVQ data_base+24(FP), ROWS
	MOVQ ids_base+48(FP), IDS
	MOVQ n+72(FP), N
	MOVQ s+88(FP), SHAPE
	MOVQ ·rowBF16(SB), TABLES
	VMOVDQA64 rowTables_high(TABLES), Z20
	VMOVDQA64 (rowTables_high+64)(TABLES), Z21
	VMOVDQA64 rowTables_low(TABLES), Z22
	VMOVDQA64 (rowTables_low+64)(TABLES), Z23
	VMOVDQU64 eighths<>(SB), Z24
	VMOVDQU32 rowShape_lines(SHAPE), Z25
	VMOVDQA64 rowTables_floats(TABLES), Z26
	VMOVDQA64 (rowTables_floats+64)(TABLES), Z27
	VMOVDQA64 (rowTables_floats+128)(TABLES), Z28
	VMOVDQA64 (rowTables_floats+192)(TABLES), Z29
	VPBROADCASTD rowNumbers<>+0(SB), Z16
	VPBROADCASTD rowNumbers<>+4(SB), Z17
	VPBROADCASTD rowNumbers<>+8(SB), Z18
	VPBROADCASTD rowNumbers<>+12(SB), Z31
	VPBROADCASTD rowNumbers<>+16(SB), Z30
	MOVQ $0xcccccccccccccccc, AX // upper halves
	KMOVQ AX, K2
	KMOVW rowShape_scales(SHAPE), K3
	MOVQ rowShape_codes(SHAPE), CODES
	MOVQ rowShape_words(SHAPE), AX
	LEAQ (CODES)(AX*2), END
	LEAQ 63(SP), SCALES
	ANDQ $-64, SCALES

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
	ADDQ ROWS, SRC
	ADDQ ROWS, LATER
	MOVQ rowShape_size(SHAPE), AX
	PREFETCHT0 -1(LATER)(AX*1)
	XORL AT, AT
	MOVQ SCALES, SCALE
	CMPQ rowShape_scale(SHAPE), $4
	JEQ  float
	VMOVDQU8.Z (SRC)(END*1), K3, X9
	VPMOVZXBD X9, Z9
	VPERMD Z9, Z25, Z9
	VPSUBD Z17, Z9, Z4
	VPCMPUD $6, Z18, Z4, K1
	KORTESTW K1, K1
	JNE  far
	VPSUBD Z16, Z9, Z9
	VPSLLD $7, Z9, Z9
	VMOVDQA64 Z9, (SCALES)

power:
	VPERMQ (SRC)(AT*1), Z24, Z1
	BYTES
	VPBROADCASTW (SCALE), Z9
	VPUNPCKLBW Z2, Z1, Z0
	VPUNPCKHBW Z2, Z1, Z3
	VPTESTMW Z31, Z0, K1
	VPADDW Z9, Z0, K1, Z0
	VPTESTMW Z31, Z3, K1
	VPADDW Z9, Z3, K1, Z3
	STORE(power)
	JMP  words

far:
	VPSLLD $23, Z9, Z9
	JMP  multiply

float:
	VMOVUPS.Z (SRC)(END*1), K3, Z9
	VPERMD Z9, Z25, Z9

multiply:
	VMOVDQA64 Z9, (SCALES)

product:
	VMOVDQU64 (SRC)(AT*1), Z1
	BYTES
	VBROADCASTSS (SCALE), Z9
	FLOATS(Z26, Z0)
	FLOATS(Z27, Z3)
	FLOATS(Z28, Z4)
	FLOATS(Z29, Z5)
	VCVTNE2PS2BF16(0, 3, 0)
	VCVTNE2PS2BF16(4, 5, 3)
	STORE(product)

words:
	CMPQ AT, END
	JEQ  end
	LEAQ (DST)(CODES*1), D

copy:
	VMOVDQU64 (SRC)(AT*1), Z0
	PREFETCHT0 (LATER)(AT*1)
	VMOVDQU64 Z0, (D)(AT*1)
	ADDQ $64, AT
	CMPQ AT, END
	JLT  copy

end:
	MOVQ pitch+80(FP), AX
	LEAQ (DST)(AX*2), DST
	DECQ N
	JNZ  row
	VZEROUPPER
	RET
