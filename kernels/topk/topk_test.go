package topk

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moebench/hw"
	"moebench/kernels"
)

// sorted is the selection by sorting everything.
func sorted(scores []float32, k int) []int32 {
	ids := make([]int32, len(scores))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortStableFunc(ids, func(a, b int32) int {
		x, y := scores[a], scores[b]
		switch {
		case x != x && y != y || x == y:
			return 0
		case x != x || y > x:
			return 1
		}
		return -1
	})
	return ids[:k]
}

func check(t interface{ Fatalf(string, ...any) }, scores []float32, k int) {
	got := make([]int32, k)
	Select(got, scores)
	if want := sorted(scores, k); !slices.Equal(got, want) {
		t.Fatalf("top %d of %v: %v, want %v", k, scores, got, want)
	}
}

func TestSelect(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
		restore := kernels.Limit(isa)
		for _, scores := range [][]float32{
			{}, {1}, {nan}, {-inf, nan}, {nan, -inf, 3}, {2, 2, 2, 2}, {0, float32(math.Copysign(0, -1)), 0},
			{inf, 1, inf, -inf, nan, 5, nan, -inf}, slices.Repeat([]float32{nan}, 40), slices.Repeat([]float32{1, nan, -inf, 2}, 30),
		} {
			for k := range len(scores) + 1 {
				check(t, scores, k)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			// Few distinct values make ties, many lengths make every remainder.
			value := rapid.OneOf(rapid.Map(rapid.IntRange(-3, 3), func(i int) float32 { return float32(i) }), rapid.Float32(), rapid.Just(nan), rapid.Just(-inf))
			scores := rapid.SliceOfN(value, 1, 300).Draw(t, "scores")
			check(t, scores, rapid.IntRange(0, len(scores)).Draw(t, "k"))
		})
		restore()
	}
}

func TestNoAllocation(t *testing.T) {
	scores, ids := make([]float32, 5000), make([]int32, 600)
	for i := range scores {
		scores[i] = float32((i * 7919) % 5003)
	}
	if n := testing.AllocsPerRun(10, func() { Select(ids[:6], scores[:256]); Select(ids, scores) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkSelect(b *testing.B) {
	for _, c := range []struct{ k, n int }{{6, 256}, {8, 128}, {512, 262144}, {2048, 1 << 20}} {
		b.Run(fmt.Sprintf("k=%d/n=%d", c.k, c.n), func(b *testing.B) {
			const rows = 16 // different scores each time: branches must not be learnt
			all, ids := make([]float32, c.n+rows), make([]int32, c.k)
			state := uint32(3)
			for i := range all {
				state = state*1664525 + 1013904223
				all[i] = float32(int32(state)) / (1 << 31)
			}
			i := 0
			for b.Loop() {
				Select(ids, all[i:i+c.n])
				i = (i + 1) % rows
			}
		})
	}
}
