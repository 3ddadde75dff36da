// Package kernels holds the number formats, the packed weight matrix and the
// sets of kernel variants. The operations live in the folders below:
//
//	matmul  y = W x for one or a few rows x         attend  scores and weighted sums over cache rows
//	index   indexer scores over cache rows
//	vec     norms, softmax, SwiGLU, RoPE            topk    the k largest of n
//	        kerneltest: the parity and benchmark harness of them all
//
// The contract of a kernel: it works on slices, on the goroutine that calls it;
// it allocates nothing, starts nothing and knows no model. Its memory is padded
// to whole tiles when it is packed, so a kernel has no tails. It exists first
// as readable Go (the reference), then as variants for better instructions; a
// Set keeps them in order and gives out the best one the CPU supports.
//
// To add a format, add a row to the table in format.go, its line layout to matrix.go
// and, where it has scales, how they are read to source.go and matrix.go and how they are
// chosen to pack.go; then a kernel and the rows it reads to matmul. To add a variant, add
// one line: set.Add(isa, function). Parity tests and benchmarks then cover it without further
// edits.
package kernels
