// FP8 (e4m3fn) rows, and their BF16, to bf16: 64 codes, a line, a turn.
//
// VPERMI2B looks up 7 bits of every code, its magnitude, in 128 bytes: the high bytes of the
// bf16 and the low ones, which are laid side by side. A scale of a power of two adds to the
// exponents of what is not 0: 10 operations for 64 codes. Scales of f32, and powers whose products
// may leave the range of bf16, multiply f32: 13. Half of the tables stay in registers: all of
// them would be too many beside multiply-adds, none too many loads. Scales are laid out first,
// one for every line.
// All the while the row that comes some rows later is asked for, line by line.

#include "go_asm.h"
#include "pairs_avx512bf16_amd64.h"

// Who includes this has these, AX, Z27-Z31 and K2-K5 for it, and lends it Z24-Z26 for a line.
#define LOAD DI
#define TABLES R13
#define SRC DX // the current line
#define DST R14 // where its words go
#define AT R15 // four times its number, the place of its factor

// Z27 and Z28 are the first halves of the tables, Z29 signs, K4 upper halves. Z30 and Z31 are
// turns and magnitudes in rows whose scales add, and of a line in others.

// LOAD_BEGIN is what LOAD_LINE needs in the beginning, LOAD_POINTERS whenever others had those
// registers. The line before the first ended its row.
#define LOAD_BEGIN(load) \
	MOVQ $0xcccccccccccccccc, AX \
	KMOVQ AX, K4                 \
	LOAD_POINTERS(load)          \
	VMOVDQA64 rowTables_high(TABLES), Z27 \
	VMOVDQA64 rowTables_low(TABLES), Z28 \
	VPBROADCASTD rowTables_signs(TABLES), Z29 \
	DECQ RowLoad_done(LOAD)      \
	MOVQ (RowLoad_shape+rowShape_end)(LOAD), AT

#define LOAD_POINTERS(load) \
	MOVQ load, LOAD \
	MOVQ ·rowBF16(SB), TABLES

// LOAD_END counts the last row if it is whole.
#define LOAD_END \
	CMPQ AT, (RowLoad_shape+rowShape_end)(LOAD) \
	SETEQ AX                                    \
	MOVBLZX AX, AX                              \
	ADDQ AX, RowLoad_done(LOAD)

// BYTES looks up the high and the low bytes of the codes in Z24: to Z25 and Z24.
#define BYTES \
	VMOVDQA64 Z24, Z25                             \
	VPERMI2B (rowTables_high+64)(TABLES), Z27, Z25 \
	VPTERNLOGD $0xf8, Z29, Z24, Z25                \
	VPERMI2B (rowTables_low+64)(TABLES), Z28, Z24

// FLOATS makes f32 of 16 codes and multiplies them.
#define FLOATS(at, z) \
	VMOVDQA64 (rowTables_floats+at)(TABLES), z \
	VPERMI2B.Z Z25, Z24, K4, z                 \
	VMULPS Z26, z, z

// LOAD_LINE decodes the next line, or goes where none is left: then AT is 0.
#define LOAD_LINE(none) \
	CMPQ AT, (RowLoad_shape+rowShape_end)(LOAD)     \
	JNE  line                                       \
	MOVQ RowLoad_done(LOAD), AX                     \
	INCQ AX                                         \
	MOVQ AX, RowLoad_done(LOAD)                     \
	XORL AT, AT                                     \
	CMPQ AX, RowLoad_n(LOAD)                        \
	JGE  none                                       \
	MOVQ RowLoad_ids(LOAD), SRC                     \
	LEAQ (SRC)(AX*4), SRC                           \
	MOVLQSX (SRC), DST                              \
	ADDQ $const_fetchAhead, AX                      \
	CMPQ AX, (RowLoad_ids+8)(LOAD)                  \
	MOVQ DST, AX                                    \
	JGE  near                                       \
	MOVLQSX (const_fetchAhead*4)(SRC), AX           \
near:                                                   \
	SUBQ DST, AX                                    \
	MOVQ DST, SRC                                   \
	MOVQ (RowLoad_shape+rowShape_size)(LOAD), DST   \
	IMULQ DST, AX                                   \
	IMULQ DST, SRC                                  \
	ADDQ RowLoad_data(LOAD), SRC                    \
	MOVQ AX, RowLoad_later(LOAD)                    \
	ADDQ SRC, AX                                    \
	PREFETCHT0 -1(AX)(DST*1)                        \
	KMOVW (RowLoad_shape+rowShape_scales)(LOAD), K5 \
	VMOVDQU32 (RowLoad_shape+rowShape_lines)(LOAD), Z25 \
	MOVQ (RowLoad_shape+rowShape_after)(LOAD), AX   \
	MOVQ AT, RowLoad_powersEnd(LOAD)                \
	CMPQ (RowLoad_shape+rowShape_scale)(LOAD), $4   \
	JEQ  float                                      \
	VMOVDQU8.Z (SRC)(AX*1), K5, X24                 \
	VPMOVZXBD X24, Z24                              \
	VPERMD Z24, Z25, Z24                            \
	VPSUBD.BCST rowNumbers<>+4(SB), Z24, Z25        \
	VPCMPUD.BCST $6, rowNumbers<>+8(SB), Z25, K2    \
	VPSUBD.BCST rowNumbers<>+0(SB), Z24, Z25        \
	VPSLLD $23, Z24, Z24                            \
	KORTESTW K2, K2                                 \
	JNE  factors                                    \
	VPSLLD $7, Z25, Z24                             \
	MOVQ (RowLoad_shape+rowShape_codesEnd)(LOAD), AX \
	MOVQ AX, RowLoad_powersEnd(LOAD)                \
	VMOVDQA64 rowTables_turns(TABLES), Z30          \
	VMOVDQA64 rowTables_magnitudes(TABLES), Z31     \
	JMP  factors                                    \
float:                                                  \
	VMOVUPS.Z (SRC)(AX*1), K5, Z24                  \
	VPERMD Z24, Z25, Z24                            \
factors:                                                \
	VMOVDQU32 Z24, RowLoad_factors(LOAD)            \
	MOVQ RowLoad_done(LOAD), DST                    \
	IMULQ RowLoad_pitch(LOAD), DST                  \
	ADDQ DST, DST                                   \
	ADDQ RowLoad_dst(LOAD), DST                     \
line:                                                   \
	MOVQ RowLoad_later(LOAD), AX                    \
	PREFETCHT0 (SRC)(AX*1)                          \
	CMPQ AT, RowLoad_powersEnd(LOAD)                \
	JGE  product                                    \
	VPERMQ (SRC), Z30, Z24                          \
	BYTES                                           \
	VPUNPCKLBW Z25, Z24, Z26                        \
	VPUNPCKHBW Z25, Z24, Z24                        \
	VPTESTMW Z31, Z26, K2                           \
	VPTESTMW Z31, Z24, K3                           \
	VPBROADCASTW RowLoad_factors(LOAD)(AT*1), Z25   \
	VPADDW Z25, Z26, K2, Z26                        \
	VPADDW Z25, Z24, K3, Z24                        \
	VMOVDQU64 Z26, (DST)                            \
	VMOVDQU64 Z24, 64(DST)                          \
	ADDQ $128, DST                                  \
	JMP  loaded                                     \
product:                                                \
	VMOVDQU64 (SRC), Z24                            \
	CMPQ AT, (RowLoad_shape+rowShape_codesEnd)(LOAD) \
	JGE  words                                      \
	BYTES                                           \
	VBROADCASTSS RowLoad_factors(LOAD)(AT*1), Z26   \
	FLOATS(0, Z30)                                  \
	FLOATS(64, Z31)                                 \
	VCVTNE2PS2BF16(30, 31, 30)                      \
	VMOVDQU64 Z30, (DST)                            \
	FLOATS(128, Z30)                                \
	FLOATS(192, Z31)                                \
	VCVTNE2PS2BF16(30, 31, 30)                      \
	VMOVDQU64 Z30, 64(DST)                          \
	ADDQ $128, DST                                  \
	JMP  loaded                                     \
words:                                                  \
	VMOVDQU64 Z24, (DST)                            \
	ADDQ $64, DST                                   \
loaded:                                                 \
	ADDQ $4, AT                                     \
	ADDQ $64, SRC

DATA rowNumbers<>+0(SB)/4, $127
DATA rowNumbers<>+4(SB)/4, $10  // the least exponent that only adds,
DATA rowNumbers<>+8(SB)/4, $236 // and how much greater the greatest is
GLOBL rowNumbers<>(SB), RODATA|NOPTR, $12
