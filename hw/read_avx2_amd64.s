//go:build !purego

// LOAD reads 4 lines of 64 bytes.
#define LOAD \
	VMOVDQU (LINE), Y0 \
	VMOVDQU 32(LINE), Y1 \
	VMOVDQU 64(LINE), Y2 \
	VMOVDQU 96(LINE), Y3 \
	VMOVDQU 128(LINE), Y4 \
	VMOVDQU 160(LINE), Y5 \
	VMOVDQU 192(LINE), Y6 \
	VMOVDQU 224(LINE), Y7

#include "read_amd64.h"

// func readAVX2(p *byte, stride, streams, turns, near, far int)
TEXT ·readAVX2(SB), NOSPLIT, $0-48
	READ
