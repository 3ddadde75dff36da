// Package vec holds the operations on float32 vectors that stand between matrix
// products: norms, softmax, activations, rotary embedding, sums; and what DeepSeek
// adds: pooling, Hadamard, Sinkhorn.
//
// Every exported function takes any length. It gives the longest prefix that is
// a whole number of registers to the best variant of its Set, and the rest to
// the reference, which is the plain loop in this package. Nothing allocates.
//
// NaN and infinities follow from IEEE arithmetic as the loops say: a NaN in
// the input of RMSNorm or Softmax reaches every result, elsewhere its own one.
//
// This is the smallest kernel package, and the pattern for others: an exported
// function and its reference, a Set, one line in variants_amd64.go per variant,
// one .s file per variant, one test that covers all of them.
package vec
