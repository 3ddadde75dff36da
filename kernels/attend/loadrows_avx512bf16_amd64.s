//go:build !purego

// Rows decoded by themselves: see the header, which pairscores takes for those it decodes beside
// its multiply-adds. Bound by the stores, which go to the second-level cache.

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
