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
// Tiles of MXFP4 hold integers, and sums of 32 products are exact (mxfp4.go); others are
// f32, decoded exactly. Either way a score is within (dim + heads) 2^-24 of sum over h of
// |w[h]| |q[h]| . |k[j]|.
package index
