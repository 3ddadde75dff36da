package matmul

import (
	"slices"
	"testing"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// TestBatch: a row's results have the same bits alone and in tiles of any size.
func TestBatch(t *testing.T) {
	const cols = 384
	for _, f := range kernels.Formats() {
		m := packed(t, f, 24, cols)
		x := kerneltest.NewRandom(5).Floats(2*TileTokens*cols, 1)
		kerneltest.Each(t, sets[f], func(t *testing.T, _ Kernel) {
			mul := func(x []float32, tokens int) []float32 {
				var in Input
				in.Set(x, cols, cols, nil, tokens, f.Activation())
				var wk worker
				y := make([]float32, tokens*m.Rows)
				wk.mul(y, m.Rows, m, &in, 0, m.Panels(), nil)
				return y
			}
			var alone []float32
			for i := range 2 * TileTokens {
				alone = append(alone, mul(x[i*cols:], 1)...)
			}
			for tokens := 2; tokens <= 2*TileTokens; tokens++ {
				if !slices.Equal(mul(x, tokens), alone[:tokens*m.Rows]) {
					t.Fatalf("%s: %d rows at once give other bits than one at a time", f, tokens)
				}
			}
		})
	}
}
