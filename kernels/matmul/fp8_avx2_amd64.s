//go:build !purego

#include "float_avx2_amd64.h"

// FP8 (e4m3fn) times f32 rows: 2048 bytes and 4096 FLOP a token per turn of 128 columns,
// which share a scale. Bytes become f16 by shifts and a mask as in fp8_avx512_amd64.s,
// where the reason stands. Sixteen columns of f16 lie in a buffer for a moment: a
// conversion to f32 from memory takes half the operations of one from a register.

#define MASK Y15
#define BUFFER DI
#define GROUPS R14 // of 16 columns, left in this turn

// WORDS turns 16 words into the f16 of their low bytes and of their high bytes.
#define WORDS(from, low, high) \
	VMOVDQU (from)(WP), HI       \
	VPSLLW $8, HI, LO            \
	VPSRAW $1, HI, HI            \
	VPSRAW $1, LO, LO            \
	VPAND MASK, HI, HI           \
	VPAND MASK, LO, LO           \
	VMOVDQA LO, (low)(BUFFER)    \
	VMOVDQA HI, (high)(BUFFER)

#define UNPACK(from, to) \
	WORDS(from, to, to+64) \
	WORDS(from+32, to+32, to+96)

#define COLUMN(from, x, A) \
	VCVTPH2PS (from)(BUFFER), LO    \
	VCVTPH2PS (from+16)(BUFFER), HI \
	A(x)

#define COLUMNS(from, x, A, B) \
	COLUMN(from, x, A)      \
	COLUMN(from+32, x+4, B) \
	COLUMN(from+64, x+8, A) \
	COLUMN(from+96, x+12, B)

// SCALE leaves the scale of the turn in VALUE, times the 2^8 that f16 lacks. WP is
// behind it.
#define SCALE \
	LEAQ -2048(WP), AX     \
	SUBQ Call_W(CALL), AX  \
	SHRQ $9, AX            \
	ADDQ Call_S(CALL), AX  \
	VBROADCASTSS (AX), VALUE \
	MOVL $0x43800000, AX   \
	VMOVD AX, X13          \
	VBROADCASTSS X13, HI   \
	VMULPS HI, VALUE, VALUE

#define ADD(lo, hi) \
	VMOVUPS (Y), LO             \
	VMOVUPS 32(Y), HI           \
	VFMADD231PS VALUE, lo, LO   \
	VFMADD231PS VALUE, hi, HI   \
	STORE(LO, HI)

#define ZERO(lo, hi) STORE(lo, hi)

#define PASS(turn, stream, group, tokens, A, B, JOIN, EACH) \
	Y_BEGIN                       \
	EACH(ZERO)                    \
	TURN_BEGIN(turn, stream, 2048) \
	MOVL $8, GROUPS               \
group:                                \
	FETCH4(0)                     \
	UNPACK(0, 0)                  \
	UNPACK(64, 128)               \
	COLUMNS(0, 0, A, B)     \
	UNPACK(128, 256)              \
	COLUMNS(128, 16, A, B)  \
	UNPACK(192, 384)              \
	COLUMNS(256, 32, A, B)  \
	COLUMNS(384, 48, A, B)  \
	MOVQ Call_Tokens(CALL), AX    \
	SHLQ $6, AX                   \
	ADDQ AX, XP                   \
	ADDQ $256, WP                 \
	DECQ GROUPS                   \
	JNZ  group                    \
	SCALE                         \
	JOIN                          \
	MOVQ FAR, GROUPS              \
	Y_BEGIN                       \
	EACH(ADD)                     \
	CLEAR                         \
	MOVQ GROUPS, FAR              \
	MOVQ xturn-32(SP), AX         \
	SUBQ AX, XP                   \
	SUBQ $2048, WP                \
	TURN_END(turn, stream, 2048, AX) \
	Y_BEGIN                       \
	IMUL3Q $tokens, STRIDE, STRIDE \
	ADDQ STRIDE, Y                \
	NEXT(tokens)

// func fp8AVX2(c *Call)
TEXT ·fp8AVX2(SB), 0, $576-8
	ENTER_FLOAT
	LEAQ buffer-544(SP), BUFFER
	ANDQ $~31, BUFFER
	MOVL $0xbf80bf80, AX
	VMOVD AX, X15
	VPBROADCASTD X15, MASK

pass:
	CHOOSE(128, 2048)
	PASS(turn1, stream1, group1, 1, A1, B1, JOIN1, EACH1)

two:
	PASS(turn2, stream2, group2, 2, A2, B2, JOIN2, EACH2)

three:
	PASS(turn3, stream3, group3, 3, A3, B3, JOIN3, EACH3)
