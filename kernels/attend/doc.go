// Package attend computes softmax attention of a few queries over cache rows:
//
//	o = sum over rows j of softmax_j(q . k_j) v_j
//
// for G queries that share one KV head, in one pass over the rows. A State
// keeps, for every query, the largest score so far, the sum of exp(score -
// largest) and the weighted sum of values; rows can be added in any number of
// pieces, and states of separate pieces merged (Milakov and Gimelshein 2018,
// arXiv 1805.02867).
//
// Rows are [n][dim] of F32 or BF16, dim a multiple of 16, padded with zeros.
// Two kernels per format do the work, block by block of BlockRows, so that the
// scores of a block stay in the first-level cache:
//
//	scores  s[g][j] = q[g] . k[j]
//	mix     o[g] += sum over j of p[g][j] v[j]
//
// Meanwhile those of BF16 rows fetch the next block, evenly: few queries take less time than
// memory.
//
// Latents are rows that serve all heads as key and value, stored as any
// kernels.RowLayout (FP8 and BF16 parts for DeepSeek): a block is decoded to
// f32 once for all queries, and goes through the same two kernels:
//
//	load    f32 of FP8 codes and their scales, or of BF16
//
// So do BF16 rows that many queries attend to, those of several tokens of a prompt, which
// may each see fewer rows:
//
//	decode  f32 of a block of BF16 rows
//
// Where a CPU multiplies bf16 fastest (hw.AVX512BF16), rows of BF16 and FP8 go another way:
//
//	pack    queries to bf16
//	load    latents to bf16: FP8 codes and their scales, or what is BF16 already
//	scores  of pairs of elements, and meanwhile the next load
//	weigh   vec.RunningPairs: weights, rounded to bf16, and their sum
//	mix     pairs of rows; those of the first block set the sums, others add to them, and an only
//	        block is merged with sums of other rows while it is in registers
//
// Blocks are of 192 latents, or of 96 rows of BF16, which stay as they are, and so do latents of
// nothing but BF16 that follow one another. The first block of rows that stay is of 24, since
// nothing else is to be done while memory is waited for. Rows of BF16 that all of at
// most 8 queries see, as in decoding, meet one kernel that does the last three, tile by tile of a
// few rows:
//
//	few     8 queries, in lanes of their own
//	one     a single query, with elements in lanes; how far ahead it asks for rows differs
//	        between machines: see Tune
//
// Arithmetic is float32; with n rows the result is within about (dim + n) 2^-24
// of its exact value, relative to the largest |v|. In bf16 roundings of u = 2^-8 add to
// that: with z the largest sum of |q k|,
//
//	e^(2uz) - 1   of queries: scores err by uz, and normalised weights by twice that
//	2u            of weights: e of a row moves the mean by its share of e (v - o), all of them
//	              by u times the mean of |v - o|, and not at all where rows are equal, since
//	              the sum is that of rounded weights (powers themselves err by up to
//	              2^-17 + z 2^-18)
//
// FP8 rows whose scales are f32 are rounded as well, which doubles the first and adds u.
// FP8 with scales of a power of two is exact in bf16. bf16 below 2^-126 counts as 0. Weights
// are rounded relative to the largest score so far, or one that is less by up to 6: rows in
// other pieces, or merged, give sums that differ by up to twice the second term.
//
// A NaN in a query or a visible row reaches the outputs of the queries it meets, as infinity in
// a row with scales does.
package attend
