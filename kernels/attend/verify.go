package attend

import (
	"fmt"
	"math"

	"moebench/kernels"
)

// Verify compares the kernels in use with attention in float64: g queries over
// rows of a layout, as keys and values. Plain rows of dim elements go through Add,
// others through AddLatents. Queries and rows that kernels round to bf16 are rounded before,
// to the same numbers: of the bound in the package documentation that of weights is left, which
// is small enough to tell a sum that is 1 % off, or one that lacks a row.
func Verify(layout kernels.RowLayout, g int) error {
	// So few rows that each weighs 2 %, then one block, and more than one, of either path.
	for _, n := range []int{BlockRows + 3, latentWhole - 5, latentWhole + 7} {
		if err := verify(layout, g, n); err != nil {
			return err
		}
	}
	return nil
}

func verify(layout kernels.RowLayout, g, n int) error {
	size, dim, seed := layout.Bytes(), Dim(layout), uint64(1)
	next := func() float32 { seed++; return float32(kernels.Mix(seed)>>40)/(1<<23) - 1 }
	data, rows, x := make([]byte, n*size), make([]float32, n*dim), make([]float32, layout.N())
	for j := range n {
		for i := range x {
			x[i] = next() + 0.5 // outputs near 0 would hide a factor
		}
		layout.Encode(data[j*size:(j+1)*size], x)
		layout.Decode(x, data[j*size:(j+1)*size])
		first := layout.Parts[0].N
		copy(rows[j*dim:], x[:first])
		copy(rows[j*dim+Pad16(first):], x[first:])
	}
	q, got, s := make([]float32, PadQueries(g)*dim), make([]float32, g*dim), NewState(g, dim)
	for i := range g * dim {
		q[i] = next() / float32(math.Sqrt(float64(dim)))
	}
	if layout == kernels.PlainRow(layout.Parts[0].Format, dim) {
		s.Add(q, data, data, layout.Parts[0].Format, n, nil)
	} else {
		l, first := &Latents{layout, data}, n
		if n <= latentWhole { // two pieces, one merged with the other at once
			first = n / 2
		}
		s.AddLatents(q, l, nil, 0, first, nil)
		if first < n {
			var sums Sums
			s.Give(&sums)
			s.Reset(g, dim, dim)
			s.AddLatents(nil, l, nil, first, n-first, &sums)
			s.Give(&sums)
		}
	}
	s.Finish(got, nil)
	bf16 := layoutInPairs(layout)
	if bf16 {
		roundBF16(q)
		roundBF16(rows)
	}
	for h := range g {
		want, bounds := attention64(q[h*dim:(h+1)*dim], rows, dim, bf16)
		for i, v := range want {
			if d := math.Abs(float64(got[h*dim+i]) - v); !(d <= bounds[i]) {
				return fmt.Errorf("attention over %s rows: query %d element %d is %g, want %g +- %.2g", layout, h, i, got[h*dim+i], v, bounds[i])
			}
		}
	}
	return nil
}

func roundBF16(x []float32) {
	for i, v := range x {
		x[i] = kernels.BF16.Decode(kernels.BF16.Encode(v))
	}
}

// attention64 is the softmax attention of one query in float64, and how far kernels may be from
// it, whose weights are bf16 or f32. A sum of dim products errs by (dim+2) 2^-24 of that of their
// magnitudes, at most size. e of each weight, relatively, moves the mean by at most the sum of
// their shares of e |v - o|, divided by that of weights, 1 - e or more. Sums of n rows, and of
// their weights, are n roundings each, and there are a few more of scales and the quotient.
func attention64(q, rows []float32, dim int, bf16 bool) (out, bounds []float64) {
	out, bounds = make([]float64, dim), make([]float64, dim)
	weights := make([]float64, len(rows)/dim)
	var sum, size float64
	for j := range weights {
		var z, abs float64
		for i, v := range rows[j*dim : (j+1)*dim] {
			x := float64(q[i]) * float64(v)
			z += x
			abs += math.Abs(x)
		}
		size = max(size, abs)
		weights[j] = math.Exp(z)
		sum += weights[j]
	}
	for j := range weights {
		weights[j] /= sum
		p := weights[j]
		for i, v := range rows[j*dim : (j+1)*dim] {
			out[i] += p * float64(v)
		}
	}
	w := powerError(size)
	if bf16 {
		w = weightError(size)
	}
	e := math.Expm1(float64(dim+2)*size*0x1p-24)*(1+w) + w
	mean, sums := e/(1-e), float64(2*len(weights)+32)*0x1p-24
	for j, p := range weights {
		ofMean, ofSums := p*mean, p*sums
		for i, x := range rows[j*dim : (j+1)*dim] {
			v := float64(x)
			bounds[i] += ofMean*math.Abs(v-out[i]) + ofSums*math.Abs(v)
		}
	}
	return out, bounds
}
