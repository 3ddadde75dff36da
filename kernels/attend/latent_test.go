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

// layouts are the rows DeepSeek's caches hold, plain ones, and sizes that are no
// multiple of anything.
func layouts() map[string]kernels.RowLayout {
	fp8 := func(n, block int, scale kernels.ScaleKind, rope, align int) kernels.RowLayout {
		return kernels.NewRow(align,
			kernels.RowPart{N: n, Format: kernels.FP8, Block: block, Scale: scale}, kernels.RowPart{N: rope, Format: kernels.BF16})
	}
	return map[string]kernels.RowLayout{
		"f32":  kernels.PlainRow(kernels.F32, 72),
		"bf16": kernels.NewRow(1, kernels.RowPart{N: 40, Format: kernels.BF16}, kernels.RowPart{N: 24, Format: kernels.BF16}),
		"mla":  kernels.NewRow(1, kernels.RowPart{N: 64, Format: kernels.BF16}, kernels.RowPart{N: 16, Format: kernels.BF16}), // stays in place
		"v4":   fp8(448, 64, kernels.PowerScale, 64, 8),
		"v3.2": fp8(512, 128, kernels.FloatScale, 64, 8),
		"odd":  fp8(70, 64, kernels.PowerScale, 6, 8),
	}
}

// TestLatents compares with softmax attention in float64 over the decoded rows:
// the bound is that of TestAttend, with rows of size 1.
func TestLatents(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		for name, layout := range layouts() {
			for _, c := range []struct{ g, n int }{{1, 1}, {3, 64}, {8, 65}, {5, 200}, {9, 500}, {8, latentWhole}, {64, 97}, {17, 2 * (2*latentBlock + 61)}} {
				t.Run(fmt.Sprintf("%s/g=%d/n=%d", name, c.g, c.n), func(t *testing.T) {
					testLatents(t, layout, c.g, c.n)
				})
			}
		}
	})
}

func testLatents(t *testing.T, layout kernels.RowLayout, g, n int) {
	const extra = 7 // rows that must not be seen
	r := random(n)
	dim, value := Dim(layout), Pad16(layout.Parts[0].N)
	size := layout.Bytes()
	data := kerneltest.After[byte](t, (n+extra)*size)
	rows := make([]float64, 0, n*dim)
	for j := range n + extra {
		x := r.floats(layout.N())
		layout.Encode(data[j*size:(j+1)*size], x)
		layout.Decode(x, data[j*size:(j+1)*size])
		if j >= extra {
			rows = append(rows, padded(layout, x)...)
		}
	}
	l := &Latents{layout, data}
	q := make([]float32, PadQueries(g)*dim)
	for h := range g {
		for i, v := range padded(layout, r.floats(layout.N())) {
			q[h*dim+i] = float32(v) / float32(math.Sqrt(float64(dim)))
		}
	}
	var ids []int32
	for j := range n {
		ids = append(ids, int32(extra+n-1-j)) // backwards: the order must not matter
	}
	for _, by := range [][]int32{nil, ids} {
		s := &State{}
		s.Reset(g, dim, value)
		half, rest := n/2, by
		if by != nil {
			rest = by[half:]
		}
		s.AddLatents(q, l, by, extra, half, nil)
		s.AddLatents(nil, l, rest, extra+half, n-half, nil)
		got := make([]float32, g*value)
		s.Finish(got, nil)
		for h := range g {
			want, size := exact(q[h*dim:(h+1)*dim], rows, rows, dim, math.Inf(-1))
			tolerance := float64(dim+2)*math.Sqrt(float64(dim))*0x1p-23 + float64(n)*0x1p-23 + pairError(layout, size)
			for i := range value {
				if d := math.Abs(float64(got[h*value+i]) - want[i]); !(d <= tolerance) {
					t.Fatalf("query %d element %d: %g, want %g, off by %.2g > %.2g", h, i, got[h*value+i], want[i], d, tolerance)
				}
			}
		}
	}
}

// TestSlot: the rows of a block are neighbours, and those decoded before they are mixed are
// elsewhere.
func TestSlot(t *testing.T) {
	for all := 1; all <= 5*latentBlock; all++ {
		block := blockOf(all)
		for at := 0; at < all; at += block {
			var used [max(latentWhole, 2*latentBlock)]bool
			rows, first := min(block, all-at), len(used)
			for j := 0; j < rows; j += latentKeys {
				to := slot(at+j, all, block)
				first = min(first, to)
				for i := range min(latentKeys, rows-j) {
					used[to+i] = true
				}
			}
			if slices.Contains(used[first:first+rows], false) {
				t.Fatalf("of %d rows those from %d on are not neighbours", all, at)
			}
			for i := at + rows; i < min(all, at+rows+latentKeys); i++ {
				if used[slot(at+rows, all, block)+i-at-rows] {
					t.Fatalf("of %d rows number %d is in the place of one not mixed", all, i)
				}
			}
		}
	}
}

// TestMergeAtOnce: rows that are merged with other sums while they are found are merged by the same
// operations as afterwards.
func TestMergeAtOnce(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		for _, name := range []string{"bf16", "mla", "v4", "v3.2"} {
			layout, r := layouts()[name], random(5)
			const most = latentWhole + 9
			dim, size := Dim(layout), layout.Bytes()
			l := &Latents{layout, make([]byte, 2*most*size)}
			for j := range 2 * most {
				layout.Encode(l.Row(j), r.floats(layout.N()))
			}
			for _, g := range []int{1, 7, 9, 64} {
				q, value := r.floats(PadQueries(g)*dim), dim-16
				for _, n := range []int{1, 7, 48, latentWhole, most} {
					find := func(first int, with *Sums) Sums {
						s := &State{}
						s.Reset(g, dim, value)
						s.AddLatents(q, l, nil, first, n, with)
						return s.Sums
					}
					want, got := find(0, nil), find(0, nil)
					want.Merge(0, find(most, nil))
					find(most, &got)
					if !slices.Equal(got.max[:g], want.max[:g]) || !slices.Equal(got.sum[:g], want.sum[:g]) || !slices.Equal(got.out[:g*value], want.out[:g*value]) {
						t.Errorf("%s, %d queries, %d rows: other bits", name, g, n)
					}
				}
			}
		}
	})
}

// TestQueriesAgain: a State that gave its sums away and was Reset, as one that goes on with other
// rows of the same queries is, finds with no queries what it finds with the last ones.
func TestQueriesAgain(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		for _, name := range []string{"bf16", "mla", "v4"} {
			layout, r := layouts()[name], random(4)
			const n = latentWhole + 9
			dim, size := Dim(layout), layout.Bytes()
			data := make([]byte, n*size)
			for j := range n {
				layout.Encode(data[j*size:(j+1)*size], r.floats(layout.N()))
			}
			for _, g := range []int{1, 7, 9, 64} {
				l, s, given := &Latents{layout, data}, NewState(g, dim), Sums{}
				find := func(q []float32) []float32 {
					s.Reset(g, dim, dim)
					s.AddLatents(q, l, nil, 0, n, nil)
					s.Give(&given)
					out := make([]float32, g*dim)
					given.Finish(out, nil)
					return out
				}
				others, q := r.floats(PadQueries(g)*dim), r.floats(PadQueries(g)*dim)
				first, want := find(others), find(q)
				if slices.Equal(first, want) {
					t.Errorf("%s, %d queries: others give the same bits", name, g)
				}
				if !slices.Equal(find(nil), want) {
					t.Errorf("%s, %d queries: other bits than with the same queries given", name, g)
				}
			}
		}
	})
}

// padded spreads a row over the widths of Dim.
func padded(l kernels.RowLayout, x []float32) []float64 {
	out := make([]float64, Dim(l))
	for i, v := range x {
		at := i
		if n := l.Parts[0].N; i >= n {
			at = i - n + Pad16(n)
		}
		out[at] = float64(v)
	}
	return out
}

// TestLoad: decoding is the same in every variant, for all finite codes.
func TestLoad(t *testing.T) {
	for kind, set := range loads {
		kerneltest.Each(t, set, func(t *testing.T, kernel loadFunc[float32]) {
			testLoad(t, kind, loadWidth, kernel, set.Variants()[0].Func)
		})
	}
	for kind, set := range pairLoads {
		kerneltest.Each(t, set, func(t *testing.T, kernel loadFunc[uint16]) {
			testLoad(t, kind, loadWidth, kernel, set.Variants()[0].Func)
		})
	}
}

func testLoad[E float32 | uint16](t *testing.T, kind loadKind, width int, kernel, ref loadFunc[E]) {
	for _, place := range kerneltest.Places[byte]() {
		for n := width; n <= 512; n += width {
			for _, block := range []int{width, 64, 128} {
				p := kernels.RowPart{N: n, Format: kind.format, Block: block, Scale: kind.scale}
				codes, scales := place(t, p.Codes()), place(t, p.ScaleBytes())
				for i := range codes {
					if codes[i] = byte(i * 7); codes[i]&0x7f == 0x7f {
						codes[i] = 0
					}
				}
				for i := range scales {
					scales[i] = byte(100 + i*7%12) // of either kind: far from the ends of f32
				}
				got, want := kerneltest.After[E](t, n), make([]E, n)
				kernel(got, codes, scales, block)
				ref(want, codes, scales, block)
				for i := range want {
					if got[i] != want[i] {
						t.Fatalf("n %d block %d: element %d is %v, want %v", n, block, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// BenchmarkLatents is one layer of V4-Flash or V3.2 attending to 4096 rows: 64
// heads, GFLOP/s of scores and weighted sums.
func BenchmarkLatents(b *testing.B) {
	const g, n = 64, 4096
	pool := kerneltest.Pool(b, 1)
	for _, name := range []string{"v4", "v3.2"} {
		layout := layouts()[name]
		data := make([]byte, n*layout.Bytes())
		r := random(1)
		for j := range n {
			layout.Encode(data[j*layout.Bytes():], r.floats(layout.N()))
		}
		dim, value := Dim(layout), Dim(layout)
		if name == "v3.2" {
			value = layout.Parts[0].N
		}
		q, s := r.floats(g*dim), &State{}
		for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
			b.Run(fmt.Sprintf("rows=%s/isa=%s", name, isa), func(b *testing.B) {
				defer kernels.Limit(isa)()
				for b.Loop() {
					s.Reset(g, dim, value)
					s.AddLatents(q, &Latents{layout, data}, nil, 0, n, nil)
				}
				kerneltest.ReportFLOP(b, pool, isa, 2*g*n*float64(dim+value), "f32", "bf16")
			})
		}
	}
}

// BenchmarkChosen is one layer of V4-Flash attending to 512 rows chosen from more
// than caches hold.
func BenchmarkChosen(b *testing.B) {
	const g, n, total = 64, 512, 1 << 17
	pool, layout, r := kerneltest.Pool(b, 1), layouts()["v4"], random(1)
	size, dim := layout.Bytes(), Dim(layout)
	data, ids := make([]byte, total*size), make([]int32, n)
	layout.Encode(data, r.floats(layout.N()))
	for j := 1; j < total; j++ {
		copy(data[j*size:], data[:size])
	}
	q, s, seed := r.floats(g*dim), &State{}, uint64(0)
	for b.Loop() {
		for i := range ids {
			seed++
			ids[i] = int32(kernels.Mix(seed) % total)
		}
		s.Reset(g, dim, dim)
		s.AddLatents(q, &Latents{layout, data}, ids, 0, n, nil)
	}
	kerneltest.ReportFLOP(b, pool, hw.BestISA(), 4*g*n*float64(dim), "f32", "bf16")
}
