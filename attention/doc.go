// Package attention is the attention sublayer of every model here, and the caches
// it reads.
//
// # Grouped-query attention (GQA)
//
// With windows, sinks, biases, norms of queries and keys, partial rotation:
//
//	q, k, v = W x (+ bias)       one parallel region
//	norm and rotate q, k; append k, v to the caches of their sequences
//	o = softmax(q . k * scale) v over the visible rows, in segments, for up to 64
//	    queries of neighbouring tokens at a time
//	y = Wo o (+ bias)
//
// # Multi-head latent attention (MLA; DeepSeek V2, V3, V3.2, Kimi K2)
//
// One latent per token is all that is kept; keys and values of all heads are made
// from it. In absorbed form they never are:
//
//	qa = norm(Wqa x); q[h] = Wqb qa = [q_nope | q_rope]     (Wq x without q_lora)
//	[c | k_rope] = Wkva x; c = norm(c)                      kept: c and rotated k_rope
//	z[h][s] = (Wkb[h]' q_nope[h] . c[s] + q_rope[h] . k_rope[s]) scale
//	o[h] = Wvb[h] (sum over s of softmax(z[h])[s] c[s]); y = Wo o
//
// V3.2 adds an Indexer: keys k = LayerNorm(Wk x) of its own, queries Wqb qa, head
// weights w = Ww x; a row's score is sum over h of w[h] max(0, q[h] . k[s]), and
// attention sees the TopK best alone.
//
// # Compressed attention (DeepSeek V4)
//
// One vector per token is key and value of all heads, rotated in its last
// elements; outputs are rotated back by the angle of the query:
//
//	q[h] = norm(Wqb norm(Wqa x)); kv = norm(Wkv x)
//	seen: the last Window rows, and rows e of Ratio tokens each,
//	      e = norm(sum over j of softmax_j(Wg x_j + ape) Wkv x_j), channel by channel
//	p = exp(q . k scale) / (sum of exp(q . k scale) + exp(sink))
//	y = Wob concat over groups g of Woa[g] o[g]
//
// With an Indexer (CSA, ratio 4) a row takes in the window before its own too, and
// only the TopK best rows are seen; without (HCA, ratio 128) all of them are.
//
// # What all share
//
// A pass has T rows of any sequences: a prompt is T rows of one, a step of a
// batch is one row of each of T, and a prompt may be cut anywhere: compressors
// carry their windows under way in the cache. Results do not depend on the number
// of workers; where a window's ring wraps, and with it the order of a few sums,
// depends on the largest pass a cache was made for, and which of equal indexer
// scores is chosen on its capacity (topk.SelectLikeTorch).
//
// Cache rows are F32, BF16 or native (CacheFormat). Every Forward has its Ledger
// beside it. Another kind is another comparable Config with its Weights, Layer and
// Cache, and a row in the tests of all kinds.
package attention
