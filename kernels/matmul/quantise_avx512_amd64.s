//go:build !purego

#include "quantise_amd64.h"

// Rounds blocks of 32 floats to int8: codes = round(x * 127/max|x|), scale =
// max|x|/127, and where sums begin: see Input. Magnitudes are compared as integers, in
// which order NaN is above infinity: one test finds both. About 25 operations a
// block of 128 bytes; it is latency, not throughput, that takes the time.

#define SIXTEEN Y7 // bytes

// func quantiseAVX512(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int)
TEXT ·quantiseAVX512(SB), NOSPLIT, $0-128
	ENTER_QUANTISE
	MOVL $0x7fffffff, AX
	VPBROADCASTD AX, Z31
	MOVL $0x42fe0000, AX // 127
	VMOVD AX, X30
	MOVL $0x10101010, AX
	VMOVD AX, X7
	VPBROADCASTD X7, SIXTEEN

block:
	VMOVUPS (X), Z0
	VMOVUPS 64(X), Z1
	VPANDD Z31, Z0, Z2
	VPANDD Z31, Z1, Z3
	VPMAXSD Z3, Z2, Z2
	VEXTRACTI64X4 $1, Z2, Y3
	VPMAXSD Y3, Y2, Y2
	VEXTRACTI128 $1, Y2, X3
	VPMAXSD X3, X2, X2
	VPSHUFD $0x4e, X2, X3
	VPMAXSD X3, X2, X2
	VPSHUFD $0xb1, X2, X3
	VPMAXSD X3, X2, X2
	VMOVD X2, AX
	CMPL AX, $0x7f800000 // infinity or NaN
	JAE  broken
	VDIVSS X30, X2, X4 // scale
	VMOVD X4, DX
	CMPL DX, $0x00800000 // below the smallest normal number
	JB   zero
	VDIVSS X2, X30, X5 // 127/max
	VBROADCASTSS X5, Z5
	VMULPS Z5, Z0, Z0
	VMULPS Z5, Z1, Z1
	VCVTPS2DQ Z0, Z0
	VCVTPS2DQ Z1, Z1
	VPMOVSDB Z0, X0
	VPMOVSDB Z1, X1
	VINSERTI128 $1, X1, Y0, Y0
	FINISH
