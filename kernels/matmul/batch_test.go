package matmul

import (
	"fmt"
	"slices"
	"testing"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// TestBatch: a row's results have the same bits alone and in tiles of any size.
func TestBatch(t *testing.T) {
	const cols = 384
	for _, f := range kernels.Formats() {
		m := packed(t, f, 24, cols)
		x := kerneltest.NewRandom(5).Floats(2*TileTokens*cols, 1)
		kerneltest.Each(t, sets[f], func(t *testing.T, _ Kernel) {
			mul := func(x []float32, tokens int) []float32 {
				var in Input
				in.Reset(x, cols, cols, nil, tokens)
				in.Set(f)
				var wk worker
				y := make([]float32, tokens*m.Rows)
				wk.mul(&Job{W: m, X: &in, Y: y, Stride: m.Rows}, 0, m.Panels(), nil, false)
				return y
			}
			var alone []float32
			for i := range 2 * TileTokens {
				alone = append(alone, mul(x[i*cols:], 1)...)
			}
			for tokens := 2; tokens <= 2*TileTokens; tokens++ {
				if !slices.Equal(mul(x, tokens), alone[:tokens*m.Rows]) {
					t.Fatalf("%s: %d rows at once give other bits than one at a time", f, tokens)
				}
			}
		})
	}
}

// TestSet: the workers of a region set what one sets, and rows of another input are what is
// set, also where the last block of a row is not whole.
func TestSet(t *testing.T) {
	region := NewRegion(kerneltest.Pool(t, 3))
	for _, f := range kernels.Formats() {
		for _, k := range []int{384, 380} {
			const rows = 2*TileTokens + 3
			x := kerneltest.NewRandom(6).Floats((rows+1)*k, 1)
			which := make([]int32, rows)
			for i := range which {
				which[i] = int32(rows - i)
			}
			var one, all, whole, gathered Input
			one.Reset(x, k, k, which, rows)
			one.Set(f)
			all.Reset(x, k, k, which, rows)
			region.Set(&all, f)
			whole.ResetSingle(x, k, k, rows+1)
			whole.Set(f)
			gathered.Gather(&whole, which, f)
			same := func(in *Input) bool {
				return slices.Equal(one.X[0], in.X[0]) && slices.Equal(one.X[1], in.X[1]) && slices.Equal(one.B, in.B) && slices.Equal(one.Q, in.Q) &&
					slices.Equal(one.QScale, in.QScale) && slices.Equal(one.QStart, in.QStart) && slices.Equal(one.QMagic, in.QMagic)
			}
			if !same(&all) {
				t.Errorf("%s: %d columns set by several workers are others", f, k)
			}
			if !same(&gathered) {
				t.Errorf("%s: %d columns of gathered rows are others", f, k)
			}
		}
	}
}

// TestGatherOnly: rows are gathered from those that were set for the format, each by itself.
func TestGatherOnly(t *testing.T) {
	const k, rows = 128, 3
	x := kerneltest.NewRandom(6).Floats(rows*k, 1)
	var tiled, unset, in Input
	tiled.Reset(x, k, k, nil, rows)
	tiled.Set(kernels.BF16)
	unset.ResetSingle(x, k, k, rows)
	for _, from := range []*Input{&tiled, &unset} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("rows in tiles of %d were gathered", from.most)
				}
			}()
			in.Gather(from, []int32{1}, kernels.BF16)
		}()
	}
}

// TestReset: other rows of the same shape are in no form until they are set for it, and then
// those of before are gone.
func TestReset(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		const k, rows = 128, 3
		x := kerneltest.NewRandom(6).Floats(2*rows*k, 1)
		for _, f := range kernels.Formats() {
			var in, fresh Input
			in.Reset(x, k, k, nil, rows)
			for _, other := range kernels.Formats() {
				in.Set(other)
			}
			in.Reset(x[rows*k:], k, k, nil, rows)
			in.Set(f)
			fresh.Reset(x[rows*k:], k, k, nil, rows)
			fresh.Set(f)
			if in.has != fresh.has {
				t.Errorf("%s: forms of rows of before count as set", f)
			}
			for row := range rows {
				for c := range k {
					if got, want := in.value(row, c, Activation(f)), fresh.value(row, c, Activation(f)); got != want {
						t.Fatalf("%s: element %d of row %d is %g, want %g", f, c, row, got, want)
					}
				}
			}
		}
	})
}

// TestSpread: 1 to 12 tokens, 1 to 3 pairs of panels, guard pages on both sides, nothing between
// the rows touched.
func TestSpread(t *testing.T) {
	for _, set := range spreads {
		kerneltest.Each(t, set.set, func(t *testing.T, spread func([]float32, int, []float32, int)) {
			for n := 1; n <= TileTokens; n++ {
				for _, gap := range set.gaps {
					for _, place := range kerneltest.Places[float32]() {
						rows := (1 + n%3) * kernels.PairRows
						stride := rows + gap
						results := kerneltest.Copy(t, place, kerneltest.NewRandom(8).Floats(n*rows, 1))
						y := place(t, (n-1)*stride+rows)
						for i := range y {
							y[i] = 7
						}
						spread(y, stride, results, n)
						for i, got := range y {
							want := float32(7)
							if token, row := i/stride, i%stride; row < rows {
								want = results[(row/kernels.PanelRows*n+token)*kernels.PanelRows+row%kernels.PanelRows]
							}
							if got != want {
								t.Fatalf("%d tokens, %d rows, stride %d: element %d is %g, want %g", n, rows, stride, i, got, want)
							}
						}
					}
				}
			}
		})
	}
}

// spreads are the sets that copy results, and what may lie between rows.
var spreads = []struct {
	name string
	set  *kernels.Set[func([]float32, int, []float32, int)]
	gaps []int
}{{"kept", spread, []int{0, 1, 48}}, {"past", spreadPast, []int{0, 16, 48}}}

// TestAddBias: 1 to 12 tokens and 1 to 3 pairs of panels between guard pages.
func TestAddBias(t *testing.T) {
	kerneltest.Each(t, addBias, func(t *testing.T, addBias func(results, bias []float32, n int)) {
		for n := 1; n <= TileTokens; n++ {
			for _, place := range kerneltest.Places[float32]() {
				r, rows := kerneltest.NewRandom(9), (1+n%3)*kernels.PairRows
				before, bias := r.Floats(n*rows, 1), kerneltest.Copy(t, place, r.Floats(rows, 1))
				results := kerneltest.Copy(t, place, before)
				addBias(results, bias, n)
				for i, got := range results {
					panel, row := i/(n*kernels.PanelRows), i%kernels.PanelRows
					if want := before[i] + bias[panel*kernels.PanelRows+row]; got != want {
						t.Fatalf("%d tokens: element %d is %g, want %g", n, i, got, want)
					}
				}
			}
		}
	})
}

// TestPast: results that go past the caches are the same, for rows that are whole cache lines
// and others, and for a matrix whose last panels are not.
func TestPast(t *testing.T) {
	const cols, rows, tokens = 128, 4096 + 8, keptBytes/4/4096 + 1
	m := packed(t, kernels.INT8, rows, cols)
	var in Input
	in.Reset(kerneltest.NewRandom(3).Floats(tokens*cols, 1), cols, cols, nil, tokens)
	in.Set(kernels.INT8)
	bias := kerneltest.NewRandom(4).Floats(rows, 1)
	r := NewRegion(kerneltest.Pool(t, 2))
	for _, stride := range []int{rows + 8, rows} {
		want, got := make([]float32, tokens*stride), make([]float32, tokens*stride)
		var wk worker
		wk.mul(&Job{W: m, X: &in, Y: want, Stride: stride, Bias: bias}, 0, m.Panels(), nil, false)
		j := Job{W: m, X: &in, Y: got, Stride: stride, Bias: bias}
		if aligned := stride%16 == 0; j.aligned() != aligned {
			t.Fatalf("stride %d: aligned is %v", stride, !aligned)
		}
		r.Add(j)
		if r.Run(); !r.past {
			t.Fatalf("%d results are few", tokens*rows)
		}
		if !slices.Equal(got, want) {
			t.Errorf("stride %d: results differ", stride)
		}
	}
}

func BenchmarkSpread(b *testing.B) {
	const stride = 4096
	results, y := make([]float32, TileTokens*kernels.PairRows), make([]float32, TileTokens*stride)
	for _, set := range spreads {
		for _, v := range set.set.Variants() {
			b.Run(fmt.Sprintf("%s/n=%d/isa=%s", set.name, TileTokens, v.ISA), func(b *testing.B) {
				for b.Loop() {
					v.Func(y, stride, results, TileTokens)
				}
			})
		}
	}
}

func BenchmarkAddBias(b *testing.B) {
	results, bias := make([]float32, TileTokens*kernels.PairRows), make([]float32, kernels.PairRows)
	for _, v := range addBias.Variants() {
		b.Run(fmt.Sprintf("n=%d/isa=%s", TileTokens, v.ISA), func(b *testing.B) {
			for b.Loop() {
				v.Func(results, bias, TileTokens)
			}
		})
	}
}
