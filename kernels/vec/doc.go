// Package vec holds the operations on float32 vectors that stand between matrix
// products: norms, softmax, activations, rotary embedding, sums; and what DeepSeek
// adds: pooling, Hadamard, Sinkhorn.
//
// Functions take any length unless they say which. They give the longest prefix that is
// a whole number of registers to the best variant of their Set, and the rest to
// the reference, which is the plain loop in this package. Running and RunningPairs are
// Sets themselves: scores of attention fill whole registers. Nothing allocates.
//
// NaN and infinities follow from IEEE arithmetic as the loops say: where results depend on
// all elements (norms, Softmax, Hadamard, Sinkhorn) a NaN reaches every one, in Pool those
// of its channel, elsewhere its own one. Max leaves it out.
//
// This is the smallest kernel package, and the pattern for others: an exported
// function and its reference, a Set, a declaration and a line in variants_amd64.go and
// one .s file per variant, one test that covers all of them.
package vec
