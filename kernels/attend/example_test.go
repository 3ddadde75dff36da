package attend_test

import (
	"fmt"
	"math"

	"moebench/kernels"
	"moebench/kernels/attend"
)

// One query meets three rows, in two pieces: the softmax of their scores ln 1, ln 2 and
// ln 5 weighs the values 8, 16 and 0 by 1/8, 2/8 and 5/8.
func ExampleState() {
	const dim = 16
	row := func(first float64) []float32 {
		r := make([]float32, dim)
		r[0] = float32(first)
		return r
	}
	keys := [][]float32{row(math.Log(1)), row(math.Log(2)), row(math.Log(5))}
	values := [][]float32{row(8), row(16), row(0)}

	s := attend.NewState(1, dim)
	q := row(1)
	for i := range keys {
		s.Add(q, kernels.FloatBytes(keys[i]), kernels.FloatBytes(values[i]), kernels.F32, 1, nil)
	}
	out := make([]float32, dim)
	s.Finish(out, nil)
	fmt.Printf("%.4f\n", out[0])
	// Output: 5.0000
}
