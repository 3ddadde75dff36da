package vec

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// ramp is n values spread evenly over [lo, hi].
func ramp(n int, lo, hi float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(lo + (hi-lo)*float64(i)/float64(max(n-1, 1)))
	}
	return x
}

// ulps is the distance of got from want in units of want's last place.
func ulps(got float32, want float64) float64 {
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

// lengths cover every remainder of a register, and several registers.
func lengths() []int {
	var n []int
	for i := range 50 {
		n = append(n, i)
	}
	return append(n, 127, 128, 129, 1000)
}

// shapes runs a test for every length, with copies that end, and others that begin, at a page
// that must not be touched.
func shapes(t *testing.T, test func(n int, put func(x []float32) []float32)) {
	for _, place := range kerneltest.Places[float32]() {
		for _, n := range lengths() {
			test(n, func(x []float32) []float32 { return kerneltest.Copy(t, place, x) })
		}
	}
}

// poison is n results not yet written.
func poison(n int) []float32 {
	x := make([]float32, n)
	kerneltest.Poison(x)
	return x
}

func TestExp(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		// 200,000 points over the whole range of results that are normal numbers.
		x := ramp(200_000, -87, 88.7)
		got := make([]float32, len(x))
		expSum(got, x, 0)
		for i, v := range x {
			if d := ulps(got[i], math.Exp(float64(v))); d > 2 {
				t.Fatalf("exp(%g) = %g, %.2f units off", v, got[i], d)
			}
		}
		inf := float32(math.Inf(1))
		special := make([]float32, 16)
		copy(special, []float32{-inf, inf, float32(math.NaN()), 0, -104, 89, -1000, 1000})
		expSum(special, special, 0)
		for i, want := range []float32{0, inf, float32(math.NaN()), 1} {
			if special[i] != want && !(want != want && special[i] != special[i]) {
				t.Errorf("special %d: %g, want %g", i, special[i], want)
			}
		}
		if special[4] > 1e-44 || special[5] < math.MaxFloat32 || special[6] != 0 || special[7] < math.MaxFloat32 {
			t.Errorf("out of range: %v", special[4:8])
		}
	})
}

func TestExpSumLengths(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x, dst := put(ramp(n, -3, 2)), put(poison(n))
			sum := expSum(dst, x, 0.5)
			var want float64
			for i, v := range x {
				e := math.Exp(float64(v - 0.5))
				want += e
				if !(ulps(dst[i], e) <= 2) {
					t.Fatalf("n=%d: element %d is %g, want %g", n, i, dst[i], e)
				}
			}
			// Each term is within 2 units of 2^-23, each addition rounds by 2^-24.
			if bound := want * (4 + float64(n)) * 0x1p-24; math.Abs(float64(sum)-want) > bound {
				t.Errorf("n=%d: sum %g, want %g +- %g", n, sum, want, bound)
			}
		})
	})
}

func TestSoftmax(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x := put(ramp(n, 900, 1000)) // would overflow without the shift
			Softmax(x)
			var sum float64
			for i, v := range x {
				sum += float64(v)
				if i > 0 && v < x[i-1] {
					t.Fatalf("n=%d: order is lost at %d", n, i)
				}
			}
			if n > 0 && math.Abs(sum-1) > float64(n+8)*0x1p-23 {
				t.Errorf("n=%d: sums to %g", n, sum)
			}
		})
	})
}

func TestMax(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x := put(ramp(n, -5, -1))
			if n > 2 {
				x[1], x[n-1] = float32(math.NaN()), -7
			}
			want := math.Inf(-1)
			for _, v := range x {
				if v == v {
					want = math.Max(want, float64(v))
				}
			}
			if got := Max(x); float64(got) != want {
				t.Errorf("n=%d: %g, want %g", n, got, want)
			}
		})
	})
}

// TestSwiGLU: several rows and pairs of panels between guard pages, and nothing written between
// rows.
func TestSwiGLU(t *testing.T) {
	kinds := []Activation{{Kind: SiLU}, {Kind: ClampedSiLU, Limit: 3}, {Kind: GPTOSS, Limit: 7, Alpha: 1.702}}
	kerneltest.Tiers(t, func(t *testing.T) {
		for _, a := range kinds {
			for _, rows := range []int{1, 2, 3, 12} {
				pairs := 1 + rows%3
				stride := pairs*width + 3
				for _, place := range kerneltest.Places[float32]() {
					gateUp := kerneltest.Copy(t, place, ramp(pairs*2*rows*width, -30, 30))
					h := place(t, (rows-1)*stride+pairs*width)
					kerneltest.Poison(h)
					SwiGLU(h, gateUp, rows, stride, a)
					for i, got := range h {
						row, pair, col := i/stride, i%stride/width, i%stride%width
						if pair < pairs {
							at := (2*pair*rows+row)*width + col
							checkSwiGLU(t, a, got, gateUp[at], gateUp[at+rows*width])
						} else if got == got {
							t.Fatalf("%+v: element %d beside row %d of %d was written", a, col, row, rows)
						}
					}
				}
			}
		}
	})
}

func checkSwiGLU(t *testing.T, a Activation, got, g, u float32) {
	gi, ui, alpha, offset := float64(g), float64(u), 1.0, 0.0
	if a.Kind != SiLU {
		limit := float64(a.Limit)
		gi, ui = math.Min(gi, limit), math.Max(math.Min(ui, limit), -limit)
	}
	if a.Kind == GPTOSS {
		alpha, offset = float64(a.Alpha), 1
	}
	// The product in the exponent rounds by |alpha g| 2^-24, which the exponential turns
	// into a relative error; the rest adds a few units.
	want := (ui + offset) * gi / (1 + math.Exp(-alpha*gi))
	bound := math.Abs(want)*(math.Abs(alpha*gi)+16)*0x1p-24 + math.Abs(gi)*0x1p-24*math.Exp(math.Min(0, alpha*gi)) + 1e-37
	if !(math.Abs(float64(got)-want) <= bound) {
		t.Fatalf("%+v: act(%g, %g) = %g, want %g +- %g", a, g, u, got, want, bound)
	}
}

func TestSigmoidAndSqrtSoftplus(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x, dst := put(ramp(n, -80, 80)), put(poison(n))
			Sigmoid(dst, x)
			for i, v := range x {
				if want := 1 / (1 + math.Exp(-float64(v))); !(ulps(dst[i], want) <= 4) {
					t.Fatalf("sigmoid(%g) = %g, want %g", v, dst[i], want)
				}
			}
		})
		shapes(t, func(n int, put func([]float32) []float32) {
			x, sum := put(ramp(n, -80, 80)), put(poison(n))
			dst := put(x)
			SqrtSoftplus(dst, sum, x)
			for i, v := range x {
				a := float64(v)
				if want := math.Sqrt(math.Max(a, 0) + math.Log1p(math.Exp(-math.Abs(a)))); !(ulps(dst[i], want) <= 2) {
					t.Fatalf("sqrtsoftplus(%g) = %g, want %g", v, dst[i], want)
				}
				if sum[i] != dst[i]+v {
					t.Fatalf("the sum of %g and %g is %g", dst[i], v, sum[i])
				}
			}
			SqrtSoftplus(x, sum, nil)
			if !slices.Equal(x, dst) {
				t.Fatal("scores without a sum are others")
			}
		})
		low := ramp(16, -110, -87)
		low[0] = float32(math.Inf(-1))
		got := slices.Clone(low)
		SqrtSoftplus(got, make([]float32, len(got)), nil)
		for i, v := range low {
			if want := math.Exp(float64(v) / 2); math.Abs(float64(got[i])-want) > 0x1p-63 || i == 0 && got[i] != 0 {
				t.Errorf("sqrtsoftplus(%g) = %g, want %g", v, got[i], want)
			}
		}
		// Values of the DeepSeek V4 specification.
		x := make([]float32, 16)
		copy(x, []float32{-5, -1, 0, 1, 5})
		SqrtSoftplus(x, make([]float32, len(x)), nil)
		for i, want := range []float64{0.081947230, 0.559697854, 0.832554611, 1.145976303, 2.237569071} {
			if math.Abs(float64(x[i])-want) > 3e-7 {
				t.Errorf("sqrt(softplus) %d: %.9f, want %.9f", i, x[i], want)
			}
		}
	})
}

func TestScale(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x := put(ramp(n, -2, 3))
			Scale(x, 0.3)
			for i, v := range ramp(n, -2, 3) {
				if x[i] != v*0.3 {
					t.Fatalf("n %d: element %d is %g, want %g", n, i, x[i], v*0.3)
				}
			}
		})
	})
}

func TestRMSNorm(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x, w := put(ramp(n, -2, 3)), put(ramp(n, 0.5, 1.5))
			var sum float64
			for _, v := range x {
				sum += float64(v) * float64(v)
			}
			r := 1 / math.Sqrt(sum/float64(n)+1e-6)
			for _, weight := range [][]float32{w, nil} {
				dst := put(poison(n))
				RMSNorm(dst, x, weight, 1e-6)
				for i := range dst {
					want := float64(x[i]) * r
					if weight != nil {
						want *= float64(w[i])
					}
					// The sum rounds by at most n/2 units, halved by the root; three products.
					if bound := math.Abs(want) * (float64(n)/2 + 4) * 0x1p-24; !(math.Abs(float64(dst[i])-want) <= bound) {
						t.Fatalf("n=%d: element %d is %g, want %g +- %g", n, i, dst[i], want, bound)
					}
				}
			}
		})
	})
}

func TestAXPY(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x, y := put(ramp(n, -1, 3)), ramp(n, 5, -5)
			dst := put(y)
			AXPY(dst, 0.75, x)
			for i := range dst {
				want := float64(y[i]) + 0.75*float64(x[i])
				if bound := (math.Abs(float64(y[i])) + 2*math.Abs(float64(x[i]))) * 0x1p-24; !(math.Abs(float64(dst[i])-want) <= bound) {
					t.Fatalf("n=%d: element %d is %g, want %g", n, i, dst[i], want)
				}
			}
		})
	})
}

func TestSum(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		shapes(t, func(n int, put func([]float32) []float32) {
			x, y, dst := put(ramp(n, -1, 3)), put(ramp(n, 5, -5)), put(poison(n))
			Sum(dst, x, y)
			for i := range dst {
				if want := x[i] + y[i]; dst[i] != want {
					t.Fatalf("n=%d: element %d is %g, want %g", n, i, dst[i], want)
				}
			}
		})
	})
}

func TestNoAllocation(t *testing.T) {
	x, w := ramp(100, -1, 1), ramp(100, 1, 2)
	if n := testing.AllocsPerRun(10, func() {
		RMSNorm(x, x, w, 1e-6)
		Softmax(x)
		SwiGLU(w, x, 3, 16, Activation{})
		Add(x, w)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestYarn compares frequencies with values computed independently in float64
// from the published formula (DeepSeek V4: dim 64, factor 16 over 65536).
func TestYarn(t *testing.T) {
	v4 := NewRopeTable(RopeConfig{Theta: 160000, Dim: 64, Yarn: Yarn{Factor: 16, Original: 65536, BetaFast: 32, BetaSlow: 1}})
	for i, want := range map[int]float64{0: 1, 16: 2.265625e-3, 20: 2.969777783e-4, 25: 5.372312671e-6} {
		if got := v4.frequency[i]; math.Abs(got-want) > want*1e-8 {
			t.Errorf("frequency %d is %.9e, want %.9e", i, got, want)
		}
	}
}

func TestLlama3(t *testing.T) {
	c := RopeConfig{Theta: 500000, Dim: 128, Llama3: Llama3{Factor: 8, Low: 1, High: 4, Original: 8192}}
	stretched, plain := NewRopeTable(c), NewRopeTable(RopeConfig{Theta: 500000, Dim: 128})
	if stretched.frequency[0] != plain.frequency[0] || stretched.frequency[63] != plain.frequency[63]/8 {
		t.Errorf("the fastest pair must stay, the slowest slow down by 8: %g %g", stretched.frequency[0], stretched.frequency[63]/plain.frequency[63])
	}
	for i := 1; i < 64; i++ {
		if stretched.frequency[i] >= stretched.frequency[i-1] {
			t.Errorf("frequency %d is not below the one before", i)
		}
	}
}

func TestRope(t *testing.T) {
	for _, interleaved := range []bool{false, true} {
		table := NewRopeTable(RopeConfig{Theta: 10000, Dim: 8, Interleaved: interleaved})
		cs := make([]float32, 8)
		rotate := func(x []float32, pos int, inverse bool) []float32 {
			y := append([]float32(nil), x...)
			table.Angles(cs, pos)
			table.Rotate(y, cs, inverse)
			return y
		}
		dot := func(a, b []float32) (s float64) {
			for i := range a {
				s += float64(a[i]) * float64(b[i])
			}
			return s
		}
		q, k := ramp(8, -1, 2), ramp(8, 3, -1)
		if a, b := dot(rotate(q, 107, false), rotate(k, 100, false)), dot(rotate(q, 1007, false), rotate(k, 1000, false)); math.Abs(a-b) > 1e-4 {
			t.Errorf("interleaved=%v: scores depend on the position: %g and %g", interleaved, a, b)
		}
		for i, v := range rotate(rotate(q, 5, false), 5, true) {
			if math.Abs(float64(v-q[i])) > 1e-6 {
				t.Errorf("interleaved=%v: element %d does not come back: %g, want %g", interleaved, i, v, q[i])
			}
		}
		// Position 1 turns the first pair by one radian.
		one := make([]float32, 8)
		one[0] = 1
		y := rotate(one, 1, false)
		pair := 4
		if interleaved {
			pair = 1
		}
		if math.Abs(float64(y[0])-math.Cos(1)) > 1e-7 || math.Abs(float64(y[pair])-math.Sin(1)) > 1e-7 {
			t.Errorf("interleaved=%v: first pair is %v", interleaved, y)
		}
	}
}

// TestRotate: all variants give the bits of the plain loop.
func TestRotate(t *testing.T) {
	for _, set := range []*kernels.Set[rotateFunc]{rotateHalves, rotatePairs} {
		kerneltest.Each(t, set, func(t *testing.T, kernel rotateFunc) {
			for n := 8; n <= 72; n += 8 {
				for _, place := range kerneltest.Places[float32]() {
					for _, sign := range []float32{1, -1} {
						x, cos, sin := ramp(2*n, -3, 2), ramp(n, 1, -0.9), ramp(n, 0.1, 0.95)
						got := kerneltest.Copy(t, place, x)
						kernel(got, kerneltest.Copy(t, place, cos), kerneltest.Copy(t, place, sin), sign)
						set.Variants()[0].Func(x, cos, sin, sign)
						if !slices.Equal(got, x) {
							t.Fatalf("%d pairs, sign %g: %v, want %v", n, sign, got, x)
						}
					}
				}
			}
		})
	}
}

func BenchmarkSwiGLU(b *testing.B) {
	for _, v := range swiglu.Variants() {
		for _, rows := range []int{1, 16} {
			b.Run(fmt.Sprintf("isa=%s/rows=%d/n=16", v.ISA, rows), func(b *testing.B) {
				x, h := ramp(32*rows, -4, 4), make([]float32, 16*rows)
				for b.Loop() {
					v.Func(h, x, rows, 16, Activation{}.gate())
				}
			})
		}
	}
}

func BenchmarkExp(b *testing.B) {
	for _, v := range exps.Variants() {
		b.Run(fmt.Sprintf("isa=%s/n=1024", v.ISA), func(b *testing.B) {
			x, dst := ramp(1024, -4, 0), make([]float32, 1024)
			for b.Loop() {
				v.Func(dst, x, 0)
			}
		})
	}
}

func BenchmarkRMSNorm(b *testing.B) {
	for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
		b.Run(fmt.Sprintf("isa=%s/n=4096", isa), func(b *testing.B) {
			defer kernels.Limit(isa)()
			x, w := ramp(4096, -4, 4), ramp(4096, 1, 2)
			dst := make([]float32, 4096)
			for b.Loop() {
				RMSNorm(dst, x, w, 1e-6)
			}
		})
	}
}

func BenchmarkScale(b *testing.B) {
	for _, v := range scale.Variants() {
		b.Run(fmt.Sprintf("isa=%s/n=512", v.ISA), func(b *testing.B) {
			x := ramp(512, -4, 4)
			for b.Loop() {
				v.Func(x, 1)
			}
		})
	}
}

func BenchmarkSqrtSoftplus(b *testing.B) {
	for _, v := range sqrtSoftplus.Variants() {
		b.Run(fmt.Sprintf("isa=%s/n=256", v.ISA), func(b *testing.B) {
			x, sum, add := make([]float32, 256), make([]float32, 256), ramp(256, -4, 4)
			for b.Loop() {
				copy(x, add)
				v.Func(x, sum, add)
			}
		})
	}
}
