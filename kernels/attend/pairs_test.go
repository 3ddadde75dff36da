package attend

import (
	"fmt"
	"testing"
	"math"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

func TestPairScores(t *testing.T) {
	kerneltest.Each(t, pairScores, func(t *testing.T, kernel PairScoreFunc) {
		r := random(12)
		for dim := 16; dim <= 144; dim += 16 {
			for _, g := range []int{1, 7, 8, 9, 16, 17, 24, 40} {
				for _, n := range []int{1, 11, 12, 13, 24, 37, BlockRows} {
					pitch := (g+7)&^7 + 8
					stride := dim + 16
					g8 := (g+7)&^7
					k, _ := r.rows(kernels.BF16, BlockRows*stride)
					q := make([]uint16, g8*dim)
					packRef(q, r.floats(g8*dim), dim, g8)
					got, want := make([]float32, BlockRows*pitch), make([]float32, BlockRows*pitch)
					kernel(got, q, k, dim, g, n, stride, pitch, nil)
					pairScoresRef(want, q, k, dim, g, n, stride, pitch, nil)
					for j := range n {
						for h := range g {
							at := (j/2*pitch+h)*2+j%2
							if d := math.Abs(float64(got[at]-want[at])); !(d <= float64(dim*dim)*0x1p-23) {
								t.Fatalf("dim %d g %d n %d row %d query %d: %g want %g", dim, g, n, j, h, got[at], want[at])
							}
						}
					}
				}
			}
		}
	})
}

func TestPairMix(t *testing.T) {
	kerneltest.Each(t, pairMix, func(t *testing.T, kernel PairMixFunc) {
		r := random(12)
		for dim := 16; dim <= 144; dim += 16 {
			for _, g := range []int{1, 7, 8, 9, 16, 17, 24, 40} {
				for _, n := range []int{1, 11, 12, 13, 24, 37, BlockRows} {
					pitch := (g+7)&^7 + 8
					stride := dim + 16
					g8 := (g+7)&^7
					k, _ := r.rows(kernels.BF16, BlockRows*stride)
					p := make([]uint16, pitch*BlockRows)
					for i, x := range r.floats(len(p)) {
						p[i] = uint16(kernels.BF16.Encode(x))
					}
					if n%2 == 1 {
						for h := range pitch {
							p[(n/2*pitch+h)*2+1] = 0
						}
					}
					scale := r.floats(g8)
					got := r.floats(g8*dim)
					want := append([]float32{}, got...)
					kernel(got, p, k, scale, dim, g, n, stride, pitch, nil)
					pairMixRef(want, p, k, scale, dim, g, n, stride, pitch, nil)
					for i := range g*dim {
						if d := math.Abs(float64(got[i]-want[i])); !(d <= float64((n+2)*(n+2))*0x1p-23) {
							t.Fatalf("dim %d g %d n %d element %d: %g want %g", dim, g, n, i, got[i], want[i])
						}
					}
				}
			}
		}
	})
}

func BenchmarkPairs(b *testing.B) {
	r := random(12)
	for _, dim := range []int{128, 512} {
		for _, g := range []int{8, 64} {
			stride := dim + 32
			k, _ := r.rows(kernels.BF16, BlockRows*stride)
			q := make([]uint16, g*dim)
			packRef(q, r.floats(g*dim), dim, g)
			s, out, scale := make([]float32, BlockRows*g), make([]float32, g*dim), make([]float32, g)
			b.Run(fmt.Sprintf("scores/dim=%d/g=%d", dim, g), func(b *testing.B) {
				for b.Loop() {
					pairScores.Best()(s, q, k, dim, g, BlockRows, stride, g, nil)
				}
				b.ReportMetric(2*float64(b.N*dim*g*BlockRows)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
			p := make([]uint16, BlockRows*g)
			b.Run(fmt.Sprintf("mix/dim=%d/g=%d", dim, g), func(b *testing.B) {
				for b.Loop() {
					pairMix.Best()(out, p, k, scale, dim, g, BlockRows, stride, g, nil)
				}
				b.ReportMetric(2*float64(b.N*dim*g*BlockRows)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
