//go:build !purego

// LOAD reads 4 lines of 64 bytes.
#define LOAD \
	VMOVDQU64 (LINE), Z0 \
	VMOVDQU64 64(LINE), Z1 \
	VMOVDQU64 128(LINE), Z2 \
	VMOVDQU64 192(LINE), Z3

#include "read_amd64.h"

// func readAVX512(p *byte, stride, streams, turns, near, far int)
TEXT ·readAVX512(SB), NOSPLIT, $0-48
	READ
