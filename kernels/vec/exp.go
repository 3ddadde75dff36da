package vec

import (
	"math"

	"moebench/kernels"
)

// width is the number of elements asm variants work on at a time.
const width = 16

// exps computes dst[i] = exp(x[i] - shift) and returns the sum of dst.
var exps = kernels.NewSet("vec/exp", expSumRef)

func expSumRef(dst, x []float32, shift float32) float32 {
	var sum float64
	for i, v := range x {
		e := math.Exp(float64(v - shift))
		dst[i] = float32(e)
		sum += e
	}
	return float32(sum)
}

// expSum computes dst[i] = exp(x[i] - shift) and returns the sum. dst may be x.
// Each exp is within 2 units in the last place, where it is a normal number.
func expSum(dst, x []float32, shift float32) float32 {
	n := len(x) &^ (width - 1)
	var sum float32
	if n > 0 {
		sum = exps.Best()(dst[:n], x[:n], shift)
	}
	if n < len(x) {
		sum += expSumRef(dst[n:], x[n:], shift)
	}
	return sum
}

// Softmax replaces x by exp(x) / sum(exp(x)), shifted by the largest element so
// that nothing overflows.
func Softmax(x []float32) {
	if len(x) == 0 {
		return
	}
	Scale(x, 1/expSum(x, x, Max(x)))
}

// Max is the largest element, NaN left out; -Inf for none.
func Max(x []float32) float32 {
	n := len(x) &^ (width - 1)
	top := maxRef(x[n:])
	if n > 0 {
		top = max(top, maximum.Best()(x[:n]))
	}
	return top
}

var maximum = kernels.NewSet("vec/max", maxRef)

func maxRef(x []float32) float32 {
	top := float32(math.Inf(-1))
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}
