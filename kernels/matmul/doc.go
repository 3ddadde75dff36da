// Package matmul multiplies packed weight matrices with a few rows of
// activations: y = W x for T rows x at once.
//
//	Input   T rows, converted once for all matrices that read them
//	Job     one product y = W x (+ bias), with an optional continuation
//	Region  many jobs as one parallel region over a pool
//	Kernel  pairs of panels of 16 rows of W times one tile of up to 12 rows x
//
// The kernels of all formats share one signature (Call) and one contract:
// whole panels, whole blocks of columns, no tails, no bounds. Which form of rows they read
// depends on the format and on the tier of instructions: see Activation.
//
// # Errors of the kernels
//
// With eps = 2^-24 and K columns, float formats (F32, BF16, F16, FP8) multiply
// f32 rows: |error| <= (K + 4) eps sum|w x|. FP8 kernels read them times 2^64 and divide
// scales by it: rows from 2^64 on overflow, and scales below 2^-62 lose bits, as do products
// that become denormal on their way, at most K s 2^-94 with s the largest scale.
//
// Where the CPU multiplies bf16 faster than f32 (tier hw.AVX512BF16: VDPBF16PS of AMD Zen
// 4 and later), kernels of BF16 and FP8 first round activations to bf16, to nearest even:
// against the given rows 2^-8 sum|w x| more. A product of two bf16 has 16 bits and is
// exact; the two of a pair of columns are added one after the other, each sum rounded to
// nearest even. So K columns are K roundings or fewer, as in f32, of which FP8, in sums of 64
// columns, spends 64 on a sum and one on each sum that is scaled and added: against the
// rounded rows |error| <= (K + 4) eps sum|w x|.
// Denormals are the exception: rows, BF16 weights and sums below 2^-126 in magnitude are
// read, or left, as zero, which adds at most 2^-126 (2K max(1, s) + sum|w| + sum|x|), s the
// largest scale of FP8. Values that round to 2^128 become infinite.
//
// MXFP4 and INT8 first round each block of 32 activations to int8 with scale s = max|x|/127;
// the product of the rounded rows is exact in integers per block, so that against the
// rounded rows |error| <= (K/32 + 4) eps sum|w q s|, and against the given rows sum |w| s/2
// more. Scales of weights of 2^-127 (MXFP4 code 0) are read as 0 but by kernels with AVX-512 VNNI.
// With it scales of rows are below 2^106 (MXFP4) or 2^104 (INT8): larger ones
// give NaN. NaN and infinity in a row reach every result of that row.
//
// # Why rows may be rounded to bf16
//
// Models come loaded in one of two ways. Exact ones store every matrix as f32 and never
// meet a rounded row: they are what reference outputs are compared with. Native ones keep
// the formats of their authors, who multiply BF16 weights with bf16 activations and FP8
// weights with activations rounded to FP8; int8 rows of MXFP4 are in the same spirit.
// bf16 rows are as near as BF16 models ever were, and nearer than FP8 ones. The small test
// models of package model, whose weights are random, move by what their router makes of
// it: TestNativeDistance says how far.
//
// VDPBF16PS multiplies twice as much as f32 FMA. Intel's takes as long as two FMA, so f32
// rows stay there, as they do everywhere for F32 and F16 weights.
package matmul
