package kerneltest

import (
	"math"
	"testing"

	"moebench/hw"
	"moebench/kernels"
)

// Each runs f as a subtest for every variant of the set that this CPU supports,
// reference included.
func Each[F any](t *testing.T, set *kernels.Set[F], f func(t *testing.T, kernel F)) {
	for _, v := range set.Variants() {
		t.Run(set.Name()+"/isa="+v.ISA.String(), func(t *testing.T) {
			defer set.Force(v.Func)()
			f(t, v.Func)
		})
	}
}

// Tiers runs f under every instruction tier this CPU has, for tests of what is
// built from several sets.
func Tiers(t *testing.T, f func(t *testing.T)) {
	for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
		t.Run("isa="+isa.String(), func(t *testing.T) {
			defer kernels.Limit(isa)()
			f(t)
		})
	}
}

// Pool is a pool of n workers, or as many as there are CPUs, for one test.
func Pool(t testing.TB, n int) *hw.Pool {
	t.Helper()
	pool, err := hw.NewPool(min(n, len(hw.CPUs())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// Bench times every variant of a set on work that touches bytes a call. check
// must pass for a variant before it is timed.
func Bench[F any](b *testing.B, set *kernels.Set[F], name string, bytes int64, check func(kernel F) error, call func(kernel F)) {
	for _, v := range set.Variants() {
		b.Run(name+"/isa="+v.ISA.String(), func(b *testing.B) {
			defer set.Force(v.Func)()
			if err := check(v.Func); err != nil {
				b.Fatalf("%s is wrong, and is not timed: %v", v.ISA, err)
			}
			for b.Loop() {
				call(v.Func)
			}
			b.ReportMetric(float64(bytes)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GB/s")
		})
	}
}

// Poison fills x with NaN.
func Poison(x []float32) {
	for i := range x {
		x[i] = float32(math.NaN())
	}
}

// Within reports the first element that is farther from want than its bound, or
// is NaN where want is not. It returns whether all were near enough.
func Within(t testing.TB, name string, got []float32, want func(i int) (value, bound float64)) bool {
	t.Helper()
	for i, g := range got {
		w, bound := want(i)
		if w != w && g != g {
			continue
		}
		if !(math.Abs(float64(g)-w) <= bound) {
			t.Errorf("%s: element %d is %g, want %g +- %.3g", name, i, g, w, bound)
			return false
		}
	}
	return true
}

// Random is a small deterministic generator for test data.
type Random struct{ state uint64 }

// NewRandom makes a generator; its numbers depend on the seed alone.
func NewRandom(seed uint64) *Random { return &Random{seed*2862933555777941757 + 3037000493} }

// Uint32 is the next number.
func (r *Random) Uint32() uint32 {
	r.state = r.state*6364136223846793005 + 1442695040888963407
	return uint32(r.state >> 32)
}

// Floats are n numbers in (-size, size).
func (r *Random) Floats(n int, size float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(size * float64(int32(r.Uint32())) / (1 << 31))
	}
	return x
}
