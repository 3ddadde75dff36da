package attend

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// pairShapes calls test for every remainder of the kernels' tiles, with rows of a gap's
// distance, up to a multiple of what they take them by, that end, or begin, at a page that
// must not be touched; beyond the pitch of the queries there are others.
func pairShapes(t *testing.T, test func(rows []byte, dim, g, n, stride, pitch int)) {
	r := random(11)
	for _, place := range kerneltest.Places[byte]() {
		for dim := 16; dim <= 144; dim += 16 {
			for _, n := range []int{1, 2, 11, 12, 13, 24, 47, pairSection, pairSection + 1, latentWhole} {
				for _, g := range []int{1, 7, 8, 9, 16, 17, 32} {
					stride := dim + 16
					there := (n + pairRows - 1) / pairRows * pairRows
					values, _ := r.rows(kernels.BF16, (there-1)*stride+dim)
					rows := place(t, len(values))
					copy(rows, values)
					test(rows, dim, g, n, stride, padPairs(g)+pairQueries)
				}
			}
		}
	}
}

// halves are random bf16 in (-1, 1).
func (r *random) halves(n int) []uint16 {
	x := make([]uint16, n)
	for i := range x {
		x[i] = uint16(kernels.BF16.Encode(r.float()))
	}
	return x
}

func TestPairScores(t *testing.T) {
	kerneltest.Each(t, pairScores, func(t *testing.T, kernel PairScoreFunc) {
		r := random(12)
		pairShapes(t, func(rows []byte, dim, g, n, stride, pitch int) {
			q := kerneltest.Copy(t, kerneltest.After[uint16], r.halves(padPairs(g)*dim))
			got, want := kerneltest.After[float32](t, latentWhole*pitch), make([]float32, latentWhole*pitch)
			kernel(got, q, rows, dim, g, n, stride, pitch, nil, nil)
			pairScoresRef(want, q, rows, dim, g, n, stride, pitch, nil, nil)
			for j := range n {
				for h := range g {
					at := (j/2*pitch+h)*2 + j%2
					compare(t, got[at:], want[at:][:1], dim, "score of", j, h, dim, g, n)
				}
			}
		})
	})
}

func TestPairMix(t *testing.T) {
	kerneltest.Each(t, pairMix, func(t *testing.T, kernel PairMixFunc) {
		r := random(13)
		pairShapes(t, func(rows []byte, dim, g, n, stride, pitch int) {
			p, scale, now := r.halves((n+1)/2*pitch*2), r.floats(padPairs(g)), r.floats(padPairs(g))
			for h := 0; n%2 == 1 && h < pitch; h++ {
				p[(n/2*pitch+h)*2+1] = 0
			}
			p = kerneltest.Copy(t, kerneltest.After[uint16], p)
			part := kerneltest.After[float32](t, 32*padPairs(g))
			got := kerneltest.Copy(t, kerneltest.After[float32], r.floats(padPairs(g)*dim))
			want := slices.Clone(got[:g*dim])
			kernel(got, p, rows, scale, now, dim, g, n, stride, pitch, part, nil)
			pairMixRef(want, p, rows, scale, now, dim, g, n, stride, pitch, nil, nil)
			compare(t, got, want, n+2, "sums", dim, g, n)
			got[0] = float32(math.NaN()) // not read
			kernel(got, p, rows, nil, nil, dim, g, n, stride, pitch, part, nil)
			pairMixRef(want, p, rows, nil, nil, dim, g, n, stride, pitch, nil, nil)
			compare(t, got, want, n+2, "first sums", dim, g, n)
		})
	})
}

func TestPack(t *testing.T) {
	kerneltest.Each(t, packs, func(t *testing.T, kernel packFunc) {
		r := random(14)
		for dim := 16; dim <= 64; dim += 16 {
			for _, g := range []int{1, 7, 8, 9, 24} {
				q := kerneltest.Copy(t, kerneltest.After[float32], r.floats(g*dim))
				got, want := kerneltest.After[uint16](t, padPairs(g)*dim), make([]uint16, padPairs(g)*dim)
				clear(got)
				kernel(got, q, dim, g)
				packRef(want, q, dim, g)
				for h := range g {
					for i := range dim {
						if at := packedAt(h, i, dim); got[at] != want[at] {
							t.Fatalf("dim %d, %d queries: element %d of %d is not the same", dim, g, i, h)
						}
					}
				}
			}
		}
	})
}

// BenchmarkPairs are the two kernels alone, on a block in the second-level cache.
func BenchmarkPairs(b *testing.B) {
	if !hw.AVX512BF16.Supported() {
		b.Skip("references alone")
	}
	r, pool := random(12), kerneltest.Pool(b, 1)
	for _, dim := range []int{128, 512} {
		for _, g := range []int{8, 64} {
			stride, flop := dim+pairGap, 2*float64(dim*g*pairBlock)
			rows, _ := r.rows(kernels.BF16, pairBlock*stride)
			q, p := r.halves(g*dim), r.halves(pairBlock*g)
			s, out, scale, part := make([]float32, pairBlock*g), make([]float32, g*dim), make([]float32, g), make([]float32, 32*g)
			b.Run(fmt.Sprintf("scores/dim=%d/queries=%d", dim, g), func(b *testing.B) {
				for b.Loop() {
					pairScores.Best()(s, q, rows, dim, g, pairBlock, stride, g, nil, nil)
				}
				kerneltest.ReportFLOP(b, pool, hw.AVX512BF16, flop, "bf16")
			})
			b.Run(fmt.Sprintf("mix/dim=%d/queries=%d", dim, g), func(b *testing.B) {
				for b.Loop() {
					pairMix.Best()(out, p, rows, scale, scale, dim, g, pairBlock, stride, g, part, nil)
				}
				kerneltest.ReportFLOP(b, pool, hw.AVX512BF16, flop, "bf16")
			})
		}
	}
}

// TestPairFew compares outputs, since weights that differ by less than a rounding may be rounded
// apart. Kernel and reference are both within meanError of what is exact for the same queries
// of bf16 and |v| < 1. Besides, scores err by dim^2 2^-24, as in compare, and weights by twice
// that; and sums have n terms and a few more roundings, of scales and of the quotient.
func TestPairFew(t *testing.T) {
	for _, few := range []fewKernels{pairFew, pairOne} {
		kerneltest.Each(t, few.set, func(t *testing.T, kernel PairFewFunc) {
			r := random(15)
			for _, place := range kerneltest.Places[byte]() {
				for dim := 16; dim <= 144; dim += 16 {
					for _, n := range []int{1, 2, few.rows/2 + 1, few.rows - 1, few.rows, few.rows + 1, 5 * few.rows} {
						testPairFew(t, &r, few, kernel, place, dim, n)
					}
				}
			}
		})
	}
}

func testPairFew(t *testing.T, r *random, few fewKernels, kernel PairFewFunc, place func(testing.TB, int) []byte, dim, n int) {
	there := (n + few.rows - 1) / few.rows * few.rows
	var rows [2][]byte
	for i := range rows {
		values, _ := r.rows(kernels.BF16, there*dim)
		rows[i] = place(t, len(values))
		copy(rows[i], values)
	}
	q := kerneltest.Copy(t, kerneltest.After[uint16], r.halves(pairQueries*dim))
	found, highest := r.floats(few.queries*dim), r.floats(few.queries)
	add := func(kernel PairFewFunc, place func(testing.TB, int) []float32) []float32 {
		out, top, sum := kerneltest.Copy(t, place, found), kerneltest.Copy(t, place, highest), place(t, few.queries)
		for i := range sum {
			sum[i] = float32(i + 1)
		}
		kernel(out, q, rows[0], rows[1], top, sum, place(t, fewScratch+dim), dim, few.queries, n, rows[0], rows[1])
		for i := range out {
			out[i] /= sum[i/dim]
		}
		return out
	}
	got, want := add(kernel, kerneltest.After[float32]), add(few.set.Reference(), kerneltest.Before[float32])
	size := float64(dim) // of scores: the largest sum of |q k| there can be
	bound := 2 * (meanError(size) + float64(2*dim*dim+n+32)*0x1p-24)
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= bound) {
			t.Fatalf("dim %d, %d rows: element %d is %g, want %g +- %.2g", dim, n, i, got[i], want[i], bound)
		}
	}
}
