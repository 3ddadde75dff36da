// Package index scores cache rows for sparse attention, as the lightning indexer of
// DeepSeek V3.2 and V4 does (DeepSeek-V3.2-Exp report, section 2.1):
//
//	s[j] = sum over heads h of w[h] max(0, q[h] . k[j])
//
// Keys are rows of F32, BF16, FP8 (one f32 scale) or MXFP4 (one ue8m0 scale per
// 32): see kernels.RowLayout. FP8 and MXFP4 rows meet queries rounded in the same way.
// Rows are turned in tiles of 32, one row per lane, and a tile is multiplied with all
// heads while it is in the first-level cache:
//
//	load    tile[i][j] = element i of row j
//	scores  s[j] = sum over h of w[h] max(0, sum over i of q[h][i] tile[i][j])
//
// Tiles are f32, decoded exactly (floats.go), or codes: of FP8 rows in bf16 (pairs.go), of
// MXFP4 rows as integers, whose sums of 32 products are exact (mxfp4.go).
//
// Either way a score is within (dim + heads + 3) 2^-24 of sum over h of |w[h]| |q[h]| . |k[j]|:
// one rounding an element, one a head; where codes of FP8 are multiplied, the scales of
// query and row are a rounding each, and so are the values of its elements, but the first
// product is exact.
//
// A NaN in a query makes all scores NaN, one in a row its own. So does infinity where there are
// scales.
package index
