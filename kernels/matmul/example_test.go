package matmul_test

import (
	"fmt"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
)

// Two matrices that read the same row are one parallel region. MXFP4 has 4 bits a weight
// and a power of two for 32 of them: 1, 2 and 3 are among its values.
func ExampleRegion() {
	const rows, cols = 2, 32
	ones, twos := make([]float32, rows*cols), make([]float32, rows*cols)
	for i := range ones {
		ones[i], twos[i] = 1, 2
	}
	pack := func(w []float32) *kernels.Matrix {
		m := kernels.NewMatrix(func(n int64) []byte { return make([]byte, n) }, kernels.MXFP4, rows, cols)
		if err := m.Pack(0, 1, kernels.FromFloats(w, rows, cols)); err != nil {
			panic(err)
		}
		return m
	}
	gate, up := pack(ones), pack(twos)

	pool, err := hw.NewPool(1)
	if err != nil {
		panic(err)
	}
	defer pool.Close()

	x := make([]float32, cols) // one row: 3 -3 3 -3 ... and a 6 at the end
	for i := range x {
		x[i] = float32(3 - 6*(i%2))
	}
	x[cols-1] = 6
	var in matmul.Input
	in.Reset(x, cols, cols, nil, 1)
	in.Set(gate.Format)

	g, u := make([]float32, rows), make([]float32, rows)
	r := matmul.NewRegion(pool)
	r.Add(matmul.Job{W: gate, X: &in, Y: g, Stride: rows})
	r.Add(matmul.Job{W: up, X: &in, Y: u, Stride: rows})
	r.Run()

	// The row is rounded to steps of 6/127: 3 becomes 64 of them, so that the sum is not 9
	// but (16 x 64 - 15 x 64 + 127) x 6/127.
	fmt.Printf("%.4f %.4f\n", g, u)
	// Output: [9.0236 9.0236] [18.0472 18.0472]
}
