package attend

import (
	"fmt"
	"math"

	"moebench/kernels"
)

// Verify compares the kernels in use with attention in float64: g queries over
// rows of a layout, as keys and values. Plain rows of dim elements go through Add,
// others through AddLatents. The bound is that of the package documentation.
func Verify(layout kernels.RowLayout, g int) error {
	for _, n := range []int{latentWhole - 5, latentWhole + 7} { // one block, and more than one of either path
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
			x[i] = next()
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
		s.AddLatents(q, &Latents{layout, data}, nil, 0, n, nil)
	}
	s.Finish(got, nil)
	for h := range g {
		want, size := attention64(q[h*dim:(h+1)*dim], rows, dim)
		bound := float64(dim+2)*math.Sqrt(float64(dim))*0x1p-23 + float64(n)*0x1p-23 + pairError(layout, size)
		for i, v := range want {
			if d := math.Abs(float64(got[h*dim+i]) - v); !(d <= bound) {
				return fmt.Errorf("attention over %s rows: query %d element %d is %g, want %g +- %.2g", layout, h, i, got[h*dim+i], v, bound)
			}
		}
	}
	return nil
}

// attention64 is the softmax attention of one query in float64, and the size of its scores:
// the largest sum of |q k|.
func attention64(q, rows []float32, dim int) (out []float64, size float64) {
	out = make([]float64, dim)
	var sum float64
	for at := 0; at < len(rows); at += dim {
		var z, abs float64
		for i, v := range q {
			z += float64(v) * float64(rows[at+i])
			abs += math.Abs(float64(v) * float64(rows[at+i]))
		}
		size = max(size, abs)
		p := math.Exp(z)
		sum += p
		for i := range out {
			out[i] += p * float64(rows[at+i])
		}
	}
	for i := range out {
		out[i] /= sum
	}
	return out, size
}
