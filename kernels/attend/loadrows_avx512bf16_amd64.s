//go:build !purego

// Rows decoded by themselves: the first ones, and those for which few queries leave no time. See
// the header, which pairscores takes for all others, beside its multiply-adds.

#include "loadrow_avx512bf16_amd64.h"

// func loadRowsAVX512BF16(load *RowLoad)
TEXT ·loadRowsAVX512BF16(SB), NOSPLIT, $0-8
	LOAD_BEGIN(load+0(FP))

lines:
	LOAD_LINE(none)
	JMP lines

none:
	VZEROUPPER
	RET
