package vec

import (
	"math"
	"testing"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// TestRunningPairs compares every variant with float64, block by block, for scores that rise,
// fall and stay, with a NaN in one softmax and, in all, one behind what they see.
func TestRunningPairs(t *testing.T) {
	kerneltest.Each(t, RunningPairs, func(t *testing.T, kernel RunningPairsFunc) {
		for _, count := range []int{8, 16, 24} {
			for _, n := range []int{2, 4, 14, 48} {
				testRunningPairs(t, kernel, count, n)
			}
		}
	})
}

func testRunningPairs(t *testing.T, kernel RunningPairsFunc, count, n int) {
	const blocks = 5
	pitch := count + 8
	at := func(g, j int) int { return (j/2*pitch+g)*2 + j%2 }
	size := at(count-1, n-1) + 1
	s, p := kerneltest.After[float32](t, size), kerneltest.After[uint16](t, size)
	top, sum, scale := kerneltest.After[float32](t, count), kerneltest.After[float32](t, count), kerneltest.After[float32](t, count)
	seen, sums := kerneltest.After[int32](t, count), make([]float64, count)
	for g := range count {
		top[g] = -math.MaxFloat32
		seen[g] = int32((g*7+n)%(n+3) - 1) // from -1 to more than there are
	}
	seen[1] = int32(n)
	for block := range blocks {
		copy(s, kerneltest.NewRandom(uint64(block*100+n)).Floats(size, 8))
		s[at(1, n/2)] = float32(math.NaN())
		for g := range count {
			s[at(g, 0)] += float32(block - g) // some rise
			if j := int(seen[g]); 0 <= j && j < n {
				s[at(g, j)] = float32(math.NaN())
			}
		}
		before := append([]float32(nil), top...)
		kernel(p, s, seen, top, sum, scale, pitch, n)
		for g := range count {
			rows, want := min(n, int(seen[g])), before[g]
			for j := range rows {
				if x := s[at(g, j)]; x > want {
					want = x
				}
			}
			if top[g] != want {
				t.Fatalf("%d n %d: top of %d is %g, want %g", count, n, g, top[g], want)
			}
			if want := math.Exp(float64(before[g] - top[g])); ulps(scale[g], want) > 2 {
				t.Fatalf("%d n %d: scale of %d is %g, want %g", count, n, g, scale[g], want)
			}
			sums[g] *= float64(scale[g])
			for j := range n {
				want, power := 0.0, 0.0 // and the error of a power
				if j < rows {
					power = 0x1p-18 + (math.Abs(float64(s[at(g, j)]))+math.Abs(float64(top[g])))*0x1p-22
					want = math.Exp(float64(s[at(g, j)] - top[g]))
				}
				got := float64(kernels.BF16.Decode(uint32(p[at(g, j)])))
				sums[g] += got
				if d := math.Abs(got - want); !(d <= want*((1+0x1p-8)*(1+power)-1)) && !(want != want && got != got) {
					t.Fatalf("%d n %d: weight %d of %d is %g, want %g", count, n, j, g, got, want)
				}
			}
			// Every addition rounds, and every product with a scale.
			bound := sums[g] * float64((block+1)*(n+2)) * 0x1p-24
			if d := math.Abs(float64(sum[g]) - sums[g]); !(d <= bound) && g != 1 {
				t.Fatalf("%d n %d: sum of %d is %g, want %g", count, n, g, sum[g], sums[g])
			}
		}
		if sum[1] == sum[1] {
			t.Fatalf("%d n %d: a NaN is lost", count, n)
		}
	}
}
