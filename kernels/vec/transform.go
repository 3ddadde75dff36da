package vec

import (
	"math"

	"moebench/kernels"
)

// Hadamard multiplies x by the Walsh-Hadamard matrix in natural order, divided by
// sqrt(len(x)): orthogonal, and its own inverse. len(x) must be a power of two.
// Indexer vectors go through it before they are quantised, which spreads outliers
// over all elements (deepseek.ai V3.2 inference, rotate_activation).
func Hadamard(x []float32) {
	if len(x) < width {
		hadamardRef(x)
	} else {
		hadamard.Best()(x)
	}
	Scale(x, float32(1/math.Sqrt(float64(len(x)))))
}

// hadamard is the matrix of ones and minus ones.
var hadamard = kernels.NewSet("vec/hadamard", hadamardRef)

func hadamardRef(x []float32) {
	for step := 1; step < len(x); step *= 2 {
		for at := 0; at < len(x); at += 2 * step {
			for i := at; i < at+step; i++ {
				a, b := x[i], x[i+step]
				x[i], x[i+step] = a+b, a-b
			}
		}
	}
}

// LayerNorm computes dst = weight * (x - mean) / sqrt(variance + eps) + bias. dst
// may be x.
func LayerNorm(dst, x, weight, bias []float32, eps float32) {
	var mean, variance float64
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean)
	}
	scale := 1 / math.Sqrt(variance/float64(len(x))+float64(eps))
	for i, v := range x {
		dst[i] = float32((float64(v)-mean)*scale)*weight[i] + bias[i]
	}
}

// Sinkhorn turns logits z [n][n] into a nearly doubly stochastic matrix, in
// place: softmax of each row plus eps, columns divided by their sums (plus eps),
// then iters-1 times rows and columns. It ends column-normalised (V4 technical
// report, manifold-constrained hyper-connections; hc_sinkhorn_iters, hc_eps).
func Sinkhorn(z []float32, n, iters int, eps float32) {
	for r := 0; r < len(z); r += n {
		row := z[r : r+n]
		Softmax(row)
		for k := range row {
			row[k] += eps
		}
	}
	normalise := func(first, stride int) {
		sum := eps
		for k := range n {
			sum += z[first+k*stride]
		}
		for k := range n {
			z[first+k*stride] /= sum
		}
	}
	for it := range iters {
		for i := range n {
			if it > 0 {
				normalise(i*n, 1)
			}
		}
		for i := range n {
			normalise(i, n)
		}
	}
}
