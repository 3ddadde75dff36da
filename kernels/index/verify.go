package index

import (
	"fmt"
	"math"

	"moebench/kernels"
)

// Verify compares the kernels in use with scores in float64, for rows of a layout
// and the given number of heads, within the bound of the package documentation.
func Verify(layout kernels.RowLayout, heads int) error {
	const n = tileRows + 5
	size, dim, seed := layout.Bytes(), layout.N(), uint64(1)
	fill := func(x []float32) []float32 {
		for i := range x {
			seed++
			x[i] = float32(kernels.Mix(seed)>>40)/(1<<23) - 1
		}
		return x
	}
	rows, keys := make([]byte, n*size), make([]float32, n*dim)
	for j := range n {
		key := fill(keys[j*dim : (j+1)*dim])
		layout.Encode(rows[j*size:(j+1)*size], key)
		layout.Decode(key, rows[j*size:(j+1)*size])
	}
	padded := (heads + HeadTile - 1) / HeadTile * HeadTile
	q, w, got, rounded := fill(make([]float32, padded*dim)), fill(make([]float32, padded)), make([]float32, n), make([]byte, size)
	var s Scratch
	s.Begin(layout, q, w)
	s.Scores(got, rows)
	if layout.Parts[0].Scale != kernels.NoScale {
		for h := range padded {
			layout.RoundTrip(q[h*dim:(h+1)*dim], rounded)
		}
	}
	for j, score := range got {
		var want, magnitude float64
		for h, weight := range w {
			var dot, abs float64
			for i := range dim {
				p := float64(q[h*dim+i]) * float64(keys[j*dim+i])
				dot, abs = dot+p, abs+math.Abs(p)
			}
			want += float64(weight) * math.Max(dot, 0)
			magnitude += math.Abs(float64(weight)) * abs
		}
		if bound := float64(dim+padded+3) * 0x1p-24 * magnitude; !(math.Abs(float64(score)-want) <= bound) {
			return fmt.Errorf("indexer score over %s rows: row %d is %g, want %g +- %.2g", layout, j, score, want, bound)
		}
	}
	return nil
}
