package matmul

import (
	"fmt"
	"math"

	"moebench/kernels"
)

// eps is the unit round-off of float32.
const eps = 0x1p-24

// Verify multiplies a few panels of w with random rows and compares the kernel
// in use with float64 arithmetic under the bound of the package comment. A
// bench calls it before it times anything: a wrong kernel prints no number.
func Verify(w *kernels.Matrix, tokens int) error {
	var in Input
	x := make([]float32, tokens*w.Cols)
	state := uint32(1)
	for i := range x {
		state = state*1664525 + 1013904223
		x[i] = float32(int32(state)) / (1 << 31)
	}
	in.Reset(x, w.Cols, w.Cols, nil, tokens)
	in.Set(w.Format)
	var wk worker
	y := make([]float32, tokens*w.Rows)
	job := Job{W: w, X: &in, Y: y, Stride: w.Rows}
	row := make([]float32, w.Cols)
	for _, p := range []int{0, w.Panels() / 4 * 2, w.Panels() - 2} {
		end := p + 2
		wk.mul(&job, p, end, nil, false)
		for r := p * kernels.PanelRows; r < min(end*kernels.PanelRows, w.Rows); r++ {
			w.Row(r, row)
			for t := range tokens {
				want, bound := in.dot(row, t, Activation(w.Format))
				if math.IsNaN(want) || math.IsInf(want, 0) { // no kernel can be right
					return fmt.Errorf("matmul/%s: row %d of a %d x %d matrix: the exact product is %g, its weights hold NaN or overflow", w.Format, r, w.Rows, w.Cols, want)
				}
				if got := float64(y[t*w.Rows+r]); !(math.Abs(got-want) <= bound) {
					return fmt.Errorf("matmul/%s: row %d, token %d of a %d x %d matrix: got %g, want %g +- %.2g",
						w.Format, r, t, w.Rows, w.Cols, got, want, bound)
				}
			}
		}
	}
	return nil
}

// dot is the exact product of a decoded weight row with stored row t, and the
// bound on the error of a kernel.
func (in *Input) dot(w []float32, t int, act kernels.Activation) (sum, bound float64) {
	var magnitude, operands float64
	for k, v := range w {
		x := in.value(t, k, act)
		p := float64(v) * x
		sum += p
		magnitude += math.Abs(p)
		operands += math.Abs(float64(v)) + math.Abs(x)
	}
	terms, small := in.padded+4, 0x1p-120
	switch act {
	case kernels.ActInt8:
		terms = in.padded/kernels.QuantBlock + 4
	case kernels.ActF32Up: // weights on their way may be 2^-120 of their value
		small = 0x1p-94 * float64(in.padded)
	case kernels.ActBF16: // no denormals
		small = 0x1p-126 * (2*float64(in.padded) + operands)
	}
	return sum, float64(terms)*eps*magnitude + small
}

// value is element k of row t in the form kernels read.
func (in *Input) value(t, k int, act kernels.Activation) float64 {
	first, n := in.tileOf(t)
	at := first*in.padded + k/groupCols*groupCols*n + (t-first)*groupCols + k%groupCols
	switch act {
	case kernels.ActF32, kernels.ActF32Up:
		return float64(in.X[act][at]) / float64(factors[act])
	case kernels.ActBF16:
		return float64(kernels.BF16.Decode(uint32(in.B[at])))
	}
	slot := first*in.padded/kernels.QuantBlock + k/kernels.QuantBlock*n + t - first
	return float64(in.Q[slot*kernels.QuantBlock+k%kernels.QuantBlock]) * float64(in.QScale[slot])
}
