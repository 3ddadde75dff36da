package vec

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"moebench/kernels/kerneltest"
)

// TestPool compares with float64 within the bound of Pool, for all widths around
// the registers' and logits far apart.
func TestPool(t *testing.T) {
	kerneltest.Each(t, pool, func(t *testing.T, _ func(dst, c, g []float32, n int)) {
		for _, d := range []int{16, 32, 48, 128, 10} {
			for _, n := range []int{1, 2, 8, 128} {
				c, g := ramp(n*d, -3, 2), kerneltest.Copy(t, kerneltest.After[float32], ramp(n*d, -40, 30))
				for i := range g {
					g[i] = g[i*7%len(g)]
				}
				got := kerneltest.After[float32](t, d)
				Pool(got, kerneltest.Copy(t, kerneltest.After[float32], c), g, n)
				for i := range d {
					var sum, out float64
					for j := range n {
						e := math.Exp(float64(g[j*d+i]))
						sum, out = sum+e, out+e*float64(c[j*d+i])
					}
					if diff := math.Abs(float64(got[i]) - out/sum); !(diff <= 3*float64(n+4)*0x1p-23) {
						t.Fatalf("d %d n %d: element %d is %g, want %g", d, n, i, got[i], out/sum)
					}
				}
			}
		}
	})
}

// TestHadamard: twice is the identity, lengths are kept, and the first row is all
// ones.
func TestHadamard(t *testing.T) {
	for n := 1; n <= 256; n *= 2 {
		x := ramp(n, -1, 3)
		y := append([]float32(nil), x...)
		Hadamard(y)
		var sum float64
		for _, v := range x {
			sum += float64(v)
		}
		if d := math.Abs(float64(y[0]) - sum/math.Sqrt(float64(n))); d > 1e-4 {
			t.Errorf("n %d: first element %g, want %g", n, y[0], sum/math.Sqrt(float64(n)))
		}
		Hadamard(y)
		for i := range x {
			if math.Abs(float64(x[i]-y[i])) > 1e-5 {
				t.Fatalf("n %d: element %d is %g, was %g", n, i, y[i], x[i])
			}
		}
	}
}

// TestHadamardVariants: every variant has the bits of the reference, and writes nothing else.
func TestHadamardVariants(t *testing.T) {
	kerneltest.Each(t, hadamard, func(t *testing.T, kernel func([]float32)) {
		for n := width; n <= 1024; n *= 2 {
			for _, place := range kerneltest.Places[float32]() {
				want := ramp(n, -1, 3)
				for i := range want {
					want[i] *= float32(1 + i%3)
				}
				got := kerneltest.Copy(t, place, want)
				kernel(got)
				hadamardRef(want)
				if !slices.Equal(got, want) {
					t.Fatalf("n %d: %g, want %g", n, got, want)
				}
			}
		}
	})
}

func TestLayerNorm(t *testing.T) {
	x, w, b, got := ramp(24, -2, 5), ramp(24, 1, 2), ramp(24, -1, 0), make([]float32, 24)
	LayerNorm(got, x, w, b, 1e-6)
	var mean, square float64
	for i, v := range got {
		y := float64(v-b[i]) / float64(w[i])
		mean, square = mean+y/24, square+y*y/24
	}
	if math.Abs(mean) > 1e-6 || math.Abs(square-1) > 1e-5 {
		t.Errorf("normed values have mean %g and mean square %g, want 0 and 1", mean, square)
	}
}

// TestSinkhorn compares with a reference computed in float64 by the formula, row
// sums and column sums included.
func TestSinkhorn(t *testing.T) {
	const n, eps = 4, 1e-6
	z := ramp(n*n, -2, 3)
	for i := range z {
		z[i] *= float32(1 + i%3)
	}
	for _, iters := range []int{1, 2, 20} {
		got, want := append([]float32(nil), z...), make([]float64, n*n)
		Sinkhorn(got, n, iters, eps)
		for r := range n {
			var sum float64
			for k := range n {
				want[r*n+k] = math.Exp(float64(z[r*n+k]))
				sum += want[r*n+k]
			}
			for k := range n {
				want[r*n+k] = want[r*n+k]/sum + eps
			}
		}
		for it := range iters {
			for pass := range 2 { // 0 rows, 1 columns
				if it == 0 && pass == 0 {
					continue
				}
				for a := range n {
					sum := float64(eps)
					for b := range n {
						sum += want[[]int{a*n + b, b*n + a}[pass]]
					}
					for b := range n {
						want[[]int{a*n + b, b*n + a}[pass]] /= sum
					}
				}
			}
		}
		for i := range got {
			if math.Abs(float64(got[i])-want[i]) > 1e-6 {
				t.Fatalf("%d iterations: element %d is %g, want %g", iters, i, got[i], want[i])
			}
		}
	}
}

// BenchmarkPool is an entry of V4's HCA (128 rows) and of its CSA (8), 512 wide.
func BenchmarkPool(b *testing.B) {
	for _, n := range []int{8, 128} {
		c, g, dst := ramp(n*512, -1, 1), ramp(n*512, -3, 3), make([]float32, 512)
		kerneltest.Bench(b, pool, fmt.Sprintf("rows=%d/width=512", n), int64(n*512*8),
			func(kernel func(dst, c, g []float32, n int)) error {
				want := make([]float32, 512)
				poolRef(want, c, g, n)
				kernel(dst, c, g, n)
				for i := range dst {
					if math.Abs(float64(dst[i]-want[i])) > 1e-4 {
						return fmt.Errorf("element %d is %g, want %g", i, dst[i], want[i])
					}
				}
				return nil
			},
			func(kernel func(dst, c, g []float32, n int)) { kernel(dst, c, g, n) })
	}
}
