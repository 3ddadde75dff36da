// Package matmul multiplies packed weight matrices with a few rows of
// activations: y = W x for T rows x at once.
//
//	Input   T rows, converted once for all matrices that read them
//	Job     one product y = W x (+ bias), with an optional continuation
//	Region  many jobs as one parallel region over a pool
//	Kernel  one or two panels of 16 rows of W times one tile of up to 12 rows x
//
// The kernels of all formats share one signature (Call) and one contract:
// whole panels, whole blocks of columns, no tails, no bounds.
//
// # Errors of the kernels
//
// With eps = 2^-24 and K columns, float formats (F32, BF16, F16, FP8) multiply
// f32 rows: |error| <= (K + 4) eps sum|w x|. FP8 kernels read them times 2^64:
// magnitudes from 2^64 on overflow. MXFP4 and INT8 first round each block of 32
// activations to int8 with scale s = max|x|/127; the product of the rounded rows
// is exact in integers per block, so that against the rounded rows
// |error| <= (K/32 + 4) eps sum|w q s|, and against the given rows sum |w| s/2
// more. NaN and infinity in a row reach every result of that row.
//
// # Why f32 rows on CPUs with a bf16 dot product
//
// VDPBF16PS (Zen 4 and later) multiplies twice as much as f32 FMA, but takes rows of bf16.
// Rounded to that, activations move the logits of the test models of package model by 0.04
// to 5, where f32 rows stay within 2e-5: BF16 weights would no longer mean what the
// published model computes. Two bf16 terms an activation are near enough (within the noise
// of the tests) and cost as much as f32.
package matmul
