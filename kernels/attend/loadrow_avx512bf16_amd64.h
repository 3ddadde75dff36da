// FP8 (e4m3fn) rows, and their BF16, to bf16: 64 codes, a line, a turn.
//
// VPERMI2B looks up 7 bits of every code, its magnitude, in 128 bytes: the high bytes of the
// bf16 and the low ones, which are laid side by side. A scale of a power of two adds to the
// exponents of what is not 0: 10 operations for 64 codes. Scales of f32, and powers whose products
// may leave the range of bf16, multiply f32: 13. Tables are read where they are needed: what is
// left to do beside multiply-adds is loads, and other kernels need the registers. Scales are
// laid out first, one for every line.
// All the while the row that comes some rows later is asked for, line by line.

#include "go_asm.h"
#include "pairs_avx512bf16_amd64.h"

// Who includes this has these, AX, Z27-Z31, K2, K3 and K5 for it.
#define LOAD DI
#define TABLES R13
#define SRC DX // the current line
#define DST R14 // where its words go
#define AT R15 // four times its number, the place of its factor

// LOAD_BEGIN is what LOAD_LINE needs in the beginning, LOAD_POINTERS whenever others had those
// registers. K4 has upper halves, and the line before the first ended its row.
#define LOAD_BEGIN(load) \
	MOVQ $0xcccccccccccccccc, AX \
	KMOVQ AX, K4                 \
	LOAD_POINTERS(load)          \
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

// BYTES looks up the high and the low bytes of the codes in Z27: to Z28 and Z27.
#define BYTES \
	VMOVDQA64 rowTables_high(TABLES), Z29                    \
	VMOVDQA64 Z27, Z28                                       \
	VPERMI2B (rowTables_high+64)(TABLES), Z29, Z28           \
	VPTERNLOGD.BCST $0xf8, rowTables_signs(TABLES), Z27, Z28 \
	VMOVDQA64 rowTables_low(TABLES), Z29                     \
	VPERMI2B (rowTables_low+64)(TABLES), Z29, Z27

// FLOATS makes f32 of 16 codes and multiplies them.
#define FLOATS(at, z) \
	VMOVDQA64 (rowTables_floats+at)(TABLES), z \
	VPERMI2B.Z Z28, Z27, K4, z                 \
	VMULPS Z30, z, z

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
	VMOVDQU32 (RowLoad_shape+rowShape_lines)(LOAD), Z28 \
	MOVQ (RowLoad_shape+rowShape_after)(LOAD), AX   \
	MOVQ AT, RowLoad_powersEnd(LOAD)                \
	CMPQ (RowLoad_shape+rowShape_scale)(LOAD), $4   \
	JEQ  float                                      \
	VMOVDQU8.Z (SRC)(AX*1), K5, X27                 \
	VPMOVZXBD X27, Z27                              \
	VPERMD Z27, Z28, Z27                            \
	VPSUBD.BCST rowNumbers<>+4(SB), Z27, Z28        \
	VPCMPUD.BCST $6, rowNumbers<>+8(SB), Z28, K2    \
	VPSUBD.BCST rowNumbers<>+0(SB), Z27, Z28        \
	VPSLLD $23, Z27, Z27                            \
	KORTESTW K2, K2                                 \
	JNE  factors                                    \
	VPSLLD $7, Z28, Z27                             \
	MOVQ (RowLoad_shape+rowShape_codesEnd)(LOAD), AX \
	MOVQ AX, RowLoad_powersEnd(LOAD)                \
	JMP  factors                                    \
float:                                                  \
	VMOVUPS.Z (SRC)(AX*1), K5, Z27                  \
	VPERMD Z27, Z28, Z27                            \
factors:                                                \
	VMOVDQU32 Z27, RowLoad_factors(LOAD)            \
	MOVQ RowLoad_done(LOAD), DST                    \
	IMULQ RowLoad_pitch(LOAD), DST                  \
	ADDQ DST, DST                                   \
	ADDQ RowLoad_dst(LOAD), DST                     \
line:                                                   \
	MOVQ RowLoad_later(LOAD), AX                    \
	PREFETCHT0 (SRC)(AX*1)                          \
	CMPQ AT, RowLoad_powersEnd(LOAD)                \
	JGE  product                                    \
	VMOVDQA64 rowTables_turns(TABLES), Z27          \
	VPERMQ (SRC), Z27, Z27                          \
	BYTES                                           \
	VPUNPCKLBW Z28, Z27, Z29                        \
	VPUNPCKHBW Z28, Z27, Z31                        \
	VPTESTMW rowTables_magnitudes(TABLES), Z29, K2  \
	VPTESTMW rowTables_magnitudes(TABLES), Z31, K3  \
	VPBROADCASTW RowLoad_factors(LOAD)(AT*1), Z30   \
	VPADDW Z30, Z29, K2, Z29                        \
	VPADDW Z30, Z31, K3, Z31                        \
	VMOVDQU64 Z29, (DST)                            \
	VMOVDQU64 Z31, 64(DST)                          \
	ADDQ $128, DST                                  \
	JMP  loaded                                     \
product:                                                \
	VMOVDQU64 (SRC), Z27                            \
	CMPQ AT, (RowLoad_shape+rowShape_codesEnd)(LOAD) \
	JGE  words                                      \
	BYTES                                           \
	VBROADCASTSS RowLoad_factors(LOAD)(AT*1), Z30   \
	FLOATS(0, Z29)                                  \
	FLOATS(64, Z31)                                 \
	VCVTNE2PS2BF16(29, 31, 29)                      \
	VMOVDQU64 Z29, (DST)                            \
	FLOATS(128, Z29)                                \
	FLOATS(192, Z31)                                \
	VCVTNE2PS2BF16(29, 31, 29)                      \
	VMOVDQU64 Z29, 64(DST)                          \
	ADDQ $128, DST                                  \
	JMP  loaded                                     \
words:                                                  \
	VMOVDQU64 Z27, (DST)                            \
	ADDQ $64, DST                                   \
loaded:                                                 \
	ADDQ $4, AT                                     \
	ADDQ $64, SRC

DATA rowNumbers<>+0(SB)/4, $127
DATA rowNumbers<>+4(SB)/4, $10  // the least exponent that only adds,
DATA rowNumbers<>+8(SB)/4, $236 // and how much greater the greatest is
GLOBL rowNumbers<>(SB), RODATA|NOPTR, $12
