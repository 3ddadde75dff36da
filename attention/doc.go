// Package attention is the attention sublayer and the cache it reads: grouped-
// query attention (GQA) with windows, sinks, biases, norms of queries and keys,
// and partial rotary embedding.
//
//	q, k, v = W x (+ bias)       one parallel region
//	norm and rotate q, k; append k, v to the caches of their sequences
//	o = softmax(q . k * scale) v over the visible rows, in segments
//	y = Wo o (+ bias)
//
// A pass has T rows of any sequences: a prompt is T rows of one, a step of a
// batch is one row of each of T, and a prompt may be cut anywhere. Results do not
// depend on the number of workers; where a window's ring wraps, and with it the
// order of a few sums, depends on the largest pass a cache was made for.
//
// Every Forward has its Ledger beside it. Other attention kinds take the same
// shape: a comparable Config, Weights, a Layer with Forward, a Cache.
package attention
