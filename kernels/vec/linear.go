package vec

import (
	"math"

	"moebench/kernels"
)

// RMSNorm computes dst = weight * x / sqrt(mean(x^2) + eps). dst may be x; a nil
// weight means 1.
func RMSNorm(dst, x, weight []float32, eps float32) {
	n, norm := len(x)&^(width-1), InverseRMS(x, eps)
	if weight == nil {
		copy(dst, x)
		Scale(dst[:len(x)], norm)
		return
	}
	if n > 0 {
		scaleBy.Best()(dst[:n], x[:n], weight[:n], norm)
	}
	scaleByRef(dst[n:len(x)], x[n:], weight[n:], norm)
}

// InverseRMS is 1 / sqrt(mean(x^2) + eps).
func InverseRMS(x []float32, eps float32) float32 {
	n := len(x) &^ (width - 1)
	sum := float64(sumSquaresRef(x[n:]))
	if n > 0 {
		sum += float64(sumSquares.Best()(x[:n]))
	}
	return float32(1 / math.Sqrt(sum/float64(len(x))+float64(eps)))
}

// sumSquares is the sum of x^2.
var sumSquares = kernels.NewSet("vec/sumsquares", sumSquaresRef)

func sumSquaresRef(x []float32) float32 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return float32(sum)
}

// scaleBy computes dst = x * scale * weight.
var scaleBy = kernels.NewSet("vec/scaleby", scaleByRef)

func scaleByRef(dst, x, weight []float32, scale float32) {
	for i, v := range x {
		dst[i] = v * scale * weight[i]
	}
}

// AXPY computes dst += a * x.
func AXPY(dst []float32, a float32, x []float32) {
	n := len(x) &^ (width - 1)
	if n > 0 {
		axpy.Best()(dst[:n], x[:n], a)
	}
	axpyRef(dst[n:len(x)], x[n:], a)
}

var axpy = kernels.NewSet("vec/axpy", axpyRef)

func axpyRef(dst, x []float32, a float32) {
	for i, v := range x {
		dst[i] += a * v
	}
}

// Add computes dst += x.
func Add(dst, x []float32) { AXPY(dst, 1, x) }

// Sum computes dst = x + y. dst may be either.
func Sum(dst, x, y []float32) {
	n := len(dst) &^ (width - 1)
	if n > 0 {
		sums.Best()(dst[:n], x[:n], y[:n])
	}
	sumRef(dst[n:], x[n:], y[n:])
}

var sums = kernels.NewSet("vec/sum", sumRef)

func sumRef(dst, x, y []float32) {
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

// Scale computes x *= a.
func Scale(x []float32, a float32) {
	n := len(x) &^ (width - 1)
	if n > 0 {
		scale.Best()(x[:n], a)
	}
	scaleRef(x[n:], a)
}

var scale = kernels.NewSet("vec/scale", scaleRef)

func scaleRef(x []float32, a float32) {
	for i := range x {
		x[i] *= a
	}
}
