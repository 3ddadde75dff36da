package topk

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
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
	set := make([]int32, k)
	(&Selector{}).Select(set, scores)
	slices.Sort(got)
	if !slices.Equal(set, got) {
		t.Fatalf("set of %d of %v: %v, want %v", k, scores, set, got)
	}
}

// TestSelector: many scores, so that candidates overflow, in every order.
func TestSelector(t *testing.T) {
	kerneltest.Each(t, collect, func(t *testing.T, _ collectFunc) {
		for _, n := range []int{4095, 4112, 20001, 100003} {
			for name, value := range map[string]func(i int) float32{
				"ascending": func(i int) float32 { return float32(i) }, "descending": func(i int) float32 { return float32(-i) },
				"equal": func(int) float32 { return 1 }, "few": func(i int) float32 { return float32(kernels.Mix(uint64(i)) % 7) },
				"random": func(i int) float32 { return float32(kernels.Mix(uint64(i)) >> 40) },
			} {
				scores := kerneltest.After[float32](t, n)
				for i := range scores {
					scores[i] = value(i)
				}
				for _, k := range []int{1, 512, 2048, n} {
					got, want := make([]int32, min(k, n)), sorted(scores, min(k, n))
					(&Selector{}).Select(got, scores)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Fatalf("%s: %d of %d differ", name, k, n)
					}
				}
			}
		}
	})
}

// TestCollect: a kernel finds what the reference finds, reads and writes nothing
// beyond, and stops when there is no room.
func TestCollect(t *testing.T) {
	kerneltest.Each(t, collect, func(t *testing.T, kernel collectFunc) {
		try := func(n, room, kinds int, bar float32) {
			for _, place := range kerneltest.Places[float32]() {
				scores := place(t, n)
				for i := range scores {
					scores[i] = float32(i * 7 % kinds)
				}
				scores[n/2] = float32(math.NaN())
				got, want := kerneltest.After[int32](t, room), make([]int32, room)
				used, found := kernel(got, scores, 1000, bar)
				wantUsed, wantFound := collectRef(want, scores, 1000, bar)
				if used != wantUsed || found != wantFound || !slices.Equal(got[:found], want[:found]) {
					t.Fatalf("n %d room %d: used %d found %v, want %d %v", n, room, used, got[:found], wantUsed, want[:wantFound])
				}
			}
		}
		for n := 16; n <= 160; n += 16 {
			for room := 15; room < n+16; room++ {
				try(n, room, 5, 1)
			}
		}
		for n := 1008; n <= 3088; n += 16 {
			for _, bar := range []float32{-1, 50, 98, 101} { // all, half, two of 101, none
				try(n, n/3+3, 101, bar)
				try(n, n+16, 101, bar)
			}
		}
	})
}

// TestAtLeast: every length of whole steps, equals, infinities and NaN.
func TestAtLeast(t *testing.T) {
	values := []float32{1, 2, 0, float32(math.Copysign(0, -1)), -1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 3, -2, 1}
	kerneltest.Each(t, counts, func(t *testing.T, kernel func([]float32, float32) int) {
		for n := collectStep; n <= 10*collectStep; n += collectStep {
			for _, place := range kerneltest.Places[float32]() {
				x := place(t, n)
				for i := range x {
					x[i] = values[i*7%len(values)]
				}
				for _, bar := range values {
					if got, want := kernel(x, bar), atLeastRef(x, bar); got != want {
						t.Fatalf("%d of %d reach %g, want %d", got, n, bar, want)
					}
				}
			}
		}
	})
}

// TestFirst: every k and every number of steps, with equals, infinities and NaN.
func TestFirst(t *testing.T) {
	kerneltest.Each(t, first, func(t *testing.T, kernel func([]int32, []float32) int) {
		room := kerneltest.After[int32](t, few)
		for _, steps := range []int{1, 2, 3, 4, 5, 7, 8, 12, 31, 32, 33, 65} { // a chunk is 32
			n := steps * step
			for _, place := range kerneltest.Places[float32]() {
				x := place(t, n)
				for kinds := uint64(1); kinds < 400; kinds += kinds/4 + 1 {
					for i := range x {
						switch r := kernels.Mix(uint64(i) + kinds); r >> 60 {
						case 0:
							x[i] = float32(math.NaN())
						case 1:
							x[i] = float32(math.Inf(int(r>>50&2) - 1))
						case 2:
							x[i] = float32(math.Copysign(0, -1))
						default:
							x[i] = float32(r%kinds) - 3
						}
					}
					for k := 1; k <= few; k++ {
						got, want := room[few-k:], make([]int32, k)
						found, wantFound := kernel(got, x), firstRef(want, x)
						if found != wantFound || !slices.Equal(got[:found], want[:wantFound]) {
							t.Fatalf("n %d kinds %d: first %d of %v are %v, want %v", n, kinds, k, x, got[:found], want[:wantFound])
						}
					}
				}
			}
		}
	})
}

// TestSample: scores that a sample misjudges, so that its bar is too high for k of
// them or too low to keep anything out.
func TestSample(t *testing.T) {
	const n, k = 1 << 15, 64
	for name, value := range map[string]func(i int) float32{
		"sampled ones are large": func(i int) float32 { return float32(i % (k / sampled) * -1) },
		"sampled ones are small": func(i int) float32 { return float32(i % (k / sampled)) },
		"NaN":                    func(i int) float32 { return float32(math.NaN()) },
	} {
		scores, got := make([]float32, n), make([]int32, k)
		for i := range scores {
			scores[i] = value(i)
		}
		(&Selector{}).Select(got, scores)
		want := sorted(scores, k)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
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
	scores, ids, s := make([]float32, 5000), make([]int32, 600), &Selector{}
	for i := range scores {
		scores[i] = float32((i * 7919) % 5003)
	}
	if n := testing.AllocsPerRun(10, func() { Select(ids[:6], scores[:256]); Select(ids, scores); s.Select(ids, scores) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// BenchmarkSelect is what routers do, and with sets what indexers do.
func BenchmarkSelect(b *testing.B) {
	for _, c := range []struct{ k, n int }{{6, 256}, {8, 128}, {10, 512}, {22, 512}} {
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
	for _, c := range []struct{ k, n int }{{512, 262144}, {2048, 1 << 20}} {
		for _, v := range collect.Variants() {
			b.Run(fmt.Sprintf("set/k=%d/n=%d/isa=%s", c.k, c.n, v.ISA), func(b *testing.B) {
				defer kernels.Limit(v.ISA)()
				r := kernels.Mix(3)
				all, ids, s := make([]float32, c.n), make([]int32, c.k), &Selector{}
				for i := range all {
					r = kernels.Mix(r + kernels.Golden)
					all[i] = float32(r>>40) / (1 << 24)
				}
				for b.Loop() {
					s.Select(ids, all)
				}
			})
		}
	}
}

// TestSelectLikeTorch: what std::nth_element of libstdc++ (GCC 12) left in front
// of a row padded to 100 and to 32, and plain selection where nothing ties.
func TestSelectLikeTorch(t *testing.T) {
	scores := []float32{1.229, -0.07435, 0.3123, 0.1005, -0.4691, 0.1704, 0.2903, 0.3991, 1.105, 0, 0.1419, 0.3335, 1.098, -0.1494, 0.03747, 0.06088,
		0.05743, 0.5628, -0.05677, 0.1707, 0.6201, -0.02608, -0.007984, 0.04006, 0.2792, 0.4735, 0, -0.02324, 0.1025, 0.9121, 0.2784, 0.9169}
	for n, zero := range map[int]int32{32: 9, 100: 26, 128: 26} {
		ids := make([]int32, 24)
		(&Selector{}).SelectLikeTorch(ids, scores, n)
		if other := 35 - zero; !slices.Contains(ids, zero) || slices.Contains(ids, other) || !slices.IsSorted(ids) {
			t.Errorf("row of %d: %v, want %d and not %d", n, ids, zero, other)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.Map(rapid.IntRange(-3, 3), func(i int) float32 { return float32(i) }), 1, 200).Draw(t, "scores")
		k := rapid.IntRange(1, len(scores)).Draw(t, "k")
		got, want := make([]int32, k), make([]int32, k)
		(&Selector{}).SelectLikeTorch(got, scores, len(scores)+rapid.IntRange(0, 50).Draw(t, "masked"))
		(&Selector{}).Select(want, scores)
		values := func(ids []int32) []float32 {
			var v []float32
			for _, id := range ids {
				v = append(v, scores[id])
			}
			slices.Sort(v)
			return v
		}
		if len(slices.Compact(slices.Clone(got))) != k || !slices.Equal(values(got), values(want)) {
			t.Fatalf("chose %v, want scores like those of %v", got, want)
		}
	})
}
