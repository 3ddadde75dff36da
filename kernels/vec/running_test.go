package vec

import (
	"fmt"
	"math"
	"testing"

	"moebench/kernels/kerneltest"
)

// TestRunning compares every variant with float64, block by block, for scores that
// rise, fall and stay, with a NaN in one row, at the ends of pages.
func TestRunning(t *testing.T) {
	kerneltest.Each(t, Running, func(t *testing.T, kernel RunningFunc) {
		const pitch, blocks = 64, 5
		for _, rows := range []int{1, 2, 7} {
			for _, n := range []int{1, 15, 16, 17, 47, 48, 64} {
				padded := (n + 15) &^ 15
				size := (rows-1)*pitch + padded
				p, top, sum, scale := kerneltest.After[float32](t, size), kerneltest.After[float32](t, rows), make([]float32, rows), kerneltest.After[float32](t, rows)
				tops, sums := make([]float64, rows), make([]float64, rows)
				for g := range rows {
					top[g], tops[g] = -math.MaxFloat32, -math.MaxFloat32
				}
				for block := range blocks {
					scores := kerneltest.NewRandom(uint64(block*100+n)).Floats(size, 8)
					copy(p, scores)
					for g := range rows {
						for i := n; i < padded; i++ {
							p[g*pitch+i] = float32(math.Inf(-1))
						}
						if g == 1 {
							p[g*pitch+n/2] = float32(math.NaN())
						}
						p[g*pitch] += float32(block - g) // some rows rise
					}
					before := append([]float32(nil), p...)
					kernel(p, top, sum, scale, pitch, n)
					for g := range rows {
						old := tops[g]
						for _, v := range before[g*pitch:][:n] {
							if float64(v) > tops[g] {
								tops[g] = float64(v)
							}
						}
						if float64(top[g]) != tops[g] {
							t.Fatalf("rows %d n %d: top of %d is %g, want %g", rows, n, g, top[g], tops[g])
						}
						if want := math.Exp(old - tops[g]); ulps(scale[g], want) > 2 {
							t.Fatalf("rows %d n %d: scale of %d is %g, want %g", rows, n, g, scale[g], want)
						}
						sums[g] *= math.Exp(old - tops[g])
						for i, v := range before[g*pitch:][:padded] {
							want := math.Exp(float64(v - top[g]))
							sums[g] += want
							if got := p[g*pitch+i]; want == want && ulps(got, want) > 2 || want != want && got == got {
								t.Fatalf("rows %d n %d: weight %d of %d is %g, want %g", rows, n, i, g, got, want)
							}
						}
						bound := sums[g] * blocks * (64 + 4) * 0x1p-24
						if d := math.Abs(float64(sum[g]) - sums[g]); g != 1 && !(d <= bound) || g == 1 && sum[g] == sum[g] {
							t.Fatalf("rows %d n %d: sum of %d is %g, want %g", rows, n, g, sum[g], sums[g])
						}
					}
				}
			}
		}
	})
}

// BenchmarkRunning is a step of 64 heads over a block of 64 scores.
func BenchmarkRunning(b *testing.B) {
	const rows, n = 64, 64
	for _, v := range Running.Variants() {
		b.Run(fmt.Sprintf("isa=%s/rows=%d/n=%d", v.ISA, rows, n), func(b *testing.B) {
			p, top, sum, scale := ramp(rows*n, -4, 0), make([]float32, rows), make([]float32, rows), make([]float32, rows)
			for b.Loop() {
				v.Func(p, top, sum, scale, n, n)
			}
		})
	}
}
