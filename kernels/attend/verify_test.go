package attend

import (
	"math"
	"testing"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/kernels/vec"
)

// pairError bounds what rounding to bf16 adds to the error of outputs, relative to the largest
// |v|, where size is the largest sum of |q k|: see the package documentation.
func pairError(l kernels.RowLayout, size float64) float64 {
	if !layoutInPairs(l) {
		return 0
	}
	const bf16 = 0x1p-8 // of one rounding
	score, value := bf16, 0.0
	for _, p := range l.Parts {
		if p.Scale == kernels.FloatScale {
			score, value = bf16*(2+bf16), bf16
		}
	}
	return math.Expm1(2*score*size) + meanError(size) + value
}

// meanError is the part of it that weights have: |v - o| is at most 2 (see attention64).
func meanError(size float64) float64 {
	e := weightError(size)
	return 2 * e / (1 - e)
}

// TestVerify: kernels are right, and those whose outputs are 1 % off, or lack a row, are not.
func TestVerify(t *testing.T) {
	all := layouts()
	all["plain f32"], all["plain bf16"] = kernels.PlainRow(kernels.F32, 64), kernels.PlainRow(kernels.BF16, 128)
	kerneltest.Tiers(t, func(t *testing.T) {
		for name, layout := range all {
			for _, g := range []int{1, 8, 64} {
				if err := Verify(layout, g); err != nil {
					t.Error(err)
				}
				for _, lose := range []bool{false, true} {
					restore := spoil(lose)
					if Verify(layout, g) == nil {
						t.Errorf("%s, %d queries: wrong kernels pass, that lose a row: %t", name, g, lose)
					}
					restore()
				}
			}
		}
	})
}

// spoil makes kernels lose a row of each block, or their sums of weights 1 % too large.
func spoil(lose bool) (restore func()) {
	running, pairs := vec.Running.Best(), vec.RunningPairs.Best()
	restores := []func(){
		vec.Running.Force(func(p, top, sum, scale []float32, pitch, n int) {
			running(p, top, sum, scale, pitch, n)
			for g := range top {
				if lose {
					sum[g] -= p[g*pitch]
					p[g*pitch] = 0
				} else {
					sum[g] *= 1.01
				}
			}
		}),
		vec.RunningPairs.Force(func(p []uint16, s []float32, seen []int32, top, sum, scale []float32, pitch, n int) {
			pairs(p, s, seen, top, sum, scale, pitch, n)
			for g := range top {
				if lose {
					sum[g] -= kernels.BF16.Decode(uint32(p[2*g]))
					p[2*g] = 0
				} else {
					sum[g] *= 1.01
				}
			}
		}),
	}
	for _, few := range []fewKernels{pairFew, pairOne} {
		kernel := few.set.Best()
		restores = append(restores, few.set.Force(func(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, g, n int, nextK, nextV []byte) {
			if lose {
				n--
			}
			kernel(out, q, k, v, top, sum, scratch, dim, g, n, nextK, nextV)
			for h := 0; h < g && !lose; h++ {
				sum[h] *= 1.01
			}
		}))
	}
	return func() {
		for _, r := range restores {
			r()
		}
	}
}
