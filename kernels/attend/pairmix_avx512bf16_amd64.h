// Sums of pairMix on their way: what was there before, and between two sections. Registers have
// the names pairmix_avx512bf16_amd64.s gives them.

#include "pairsums_avx512bf16_amd64.h"

// ASK asks for 32 columns of 8 queries.
#define ASK2(o) \
	PREFETCHT0 o    \
	PREFETCHT0 64 o

#define ASK(o, o4, bytes, bytes3) \
	ASK2((o))           \
	ASK2((o)(bytes*1))  \
	ASK2((o)(bytes*2))  \
	ASK2((o)(bytes3*1)) \
	ASK2((o4))          \
	ASK2((o4)(bytes*1)) \
	ASK2((o4)(bytes*2)) \
	ASK2((o4)(bytes3*1))

// JOIN joins the sums of a query with what is there: both have a factor.
#define JOIN(o, at, a, b) \
	VPBROADCASTD at(S), Z16           \
	VPBROADCASTD at(S)(NEW*1), Z17    \
	VMULPS o, Z16, Z18                \
	VMULPS.Z 64 o, Z16, K2, Z19       \
	VFMADD213PS Z18, Z17, a           \
	VFMADD213PS Z19, Z17, b

// AGAIN2 adds two rows that are interleaved already.
#define AGAIN2 \
	VMOVDQA64 (AGAIN), Z16   \
	VMOVDQA64 64(AGAIN), Z18 \
	FETCH(STEP)              \
	ADDS(P)                  \
	ADDQ $128, AGAIN         \
	ADDQ PITCH, P            \
	DECQ J

// PART finds where the sums of the current queries wait.
#define PART(to) \
	MOVQ heads+128(FP), to \
	SUBQ G, to             \
	SHLQ $7, to            \
	ADDQ part_base+160(FP), to

// GO_ON2 and WAIT2 are for two sums in part, at AX.
#define GO_ON2(at, a, b) \
	VMOVUPS at(AX), a    \
	VMOVUPS 64+at(AX), b

#define WAIT2(at, a, b) \
	VMOVUPS a, at(AX)   \
	VMOVUPS b, 64+at(AX)

// EACH2 does something with the two sums of each query.
#define EACH2(DO) \
	DO(0, Z0, Z1)     \
	DO(128, Z2, Z3)   \
	DO(256, Z4, Z5)   \
	DO(384, Z6, Z7)   \
	DO(512, Z8, Z9)   \
	DO(640, Z10, Z11) \
	DO(768, Z12, Z13) \
	DO(896, Z14, Z15)
