package attend

import (
	"fmt"
	"slices"
	"testing"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// TestLoadRows: decoding rows is the same in every variant, for all finite codes, all scales
// of a power of two that f32 has, and some others, and rows in any order.
func TestLoadRows(t *testing.T) {
	kerneltest.Each(t, loadRows, func(t *testing.T, kernel rowsFunc) {
		for _, place := range kerneltest.Places[byte]() {
			for _, kind := range []kernels.ScaleKind{kernels.PowerScale, kernels.FloatScale} {
				for _, c := range [][3]int{{64, 0, 64}, {64, 32, 128}, {192, 64, 64}, {192, 32, 128}, {448, 64, 64}, {512, 64, 128}} {
					layout := kernels.NewRow(8, kernels.RowPart{N: c[0], Format: kernels.FP8, Block: c[2], Scale: kind},
						kernels.RowPart{N: c[1], Format: kernels.BF16})
					testLoadRows(t, layout, kernel, place)
				}
			}
		}
	})
}

// loadShape is n rows of a layout, of any codes but NaN, and any scales; and ids of them.
func loadShape(t *testing.T, layout kernels.RowLayout, n int, place func(testing.TB, int) []byte) (s rowShape, data []byte, id func(i int) int32) {
	s, ok := shape(&layout)
	if !ok {
		t.Fatalf("%v: not a shape", layout)
	}
	data = place(t, n*s.size)
	for j := range n {
		row := data[j*s.size:][:s.size]
		for i := range row {
			row[i] = byte(kernels.Mix(uint64(j*s.size + i)))
		}
		for i := range s.codes {
			if row[i]&0x7f == 0x7f {
				row[i] = 0x80
			}
		}
		layout.Each(row, func(p kernels.RowPart, _, scales []byte) {
			for i := range scales {
				if p.Scale == kernels.PowerScale {
					scales[i] = byte(j)
				} else if i%4 == 3 {
					scales[i] = 0x30 + byte(j%16) // of either sign far from the ends of f32
				}
			}
		})
	}
	return s, data, func(i int) int32 { return int32(n - 1 - i*7%n) }
}

func testLoadRows(t *testing.T, layout kernels.RowLayout, kernel rowsFunc, place func(testing.TB, int) []byte) {
	const n = 256
	s, data, id := loadShape(t, layout, n, place)
	for _, c := range [][2]int{{1, 1}, {3, 3}, {5, 5 + fetchAhead + 7}, {n, n}} {
		load := newLoad(t, s, data, id, c[0], c[1])
		kernel(load)
		checkLoad(t, load, c[0])
	}
}

// newLoad is a load of n rows, with ids of some more.
func newLoad(t *testing.T, s rowShape, data []byte, id func(i int) int32, n, ids int) *RowLoad {
	const gap = 32
	load := &RowLoad{shape: s, data: data, n: n, pitch: s.codes + s.words + gap, ids: kerneltest.After[int32](t, ids)}
	load.dst = kerneltest.After[uint16](t, max(0, n*load.pitch-gap))
	clear(load.dst)
	for i := range load.ids {
		load.ids[i] = id(i)
	}
	return load
}

// checkLoad compares the rows of a load that are done, of which there should be some, with the
// reference.
func checkLoad(t *testing.T, load *RowLoad, done int) {
	t.Helper()
	if load.done != done {
		t.Fatalf("%d of %d rows are done, want %d", load.done, load.n, done)
	}
	ref := *load
	ref.dst, ref.n, ref.done = make([]uint16, len(load.dst)), done, 0
	loadRowsRef(&ref)
	for j := range done {
		for i := range load.shape.codes + load.shape.words {
			if got, want := load.dst[j*load.pitch+i], ref.dst[j*load.pitch+i]; got != want && !(small(got) && small(want)) {
				t.Fatalf("%v: row %d element %d is %#x, want %#x", load.shape, load.ids[j], i, got, want)
			}
		}
	}
}

// TestScoresLoad: scores are the same whether or not rows are decoded meanwhile, and those are
// the same whoever decodes them: all, some or none, as time allows.
func TestScoresLoad(t *testing.T) {
	kerneltest.Each(t, pairScores, func(t *testing.T, kernel PairScoreFunc) {
		r := random(14)
		for _, place := range kerneltest.Places[byte]() {
			for _, name := range []string{"v4", "v3.2"} {
				s, data, id := loadShape(t, layouts()[name], 64, place)
				for _, c := range [][3]int{{16, 8, 12}, {16, 9, 1}, {48, 17, 24}, {144, 24, 48}, {512, 64, 48}} {
					dim, g, n := c[0], c[1], c[2]
					pitch, stride := padPairs(g), dim+16
					rows, _ := r.rows(kernels.BF16, (n+pairRows-1)/pairRows*pairRows*stride)
					q, want := r.halves(pitch*dim), make([]float32, latentWhole*pitch)
					kernel(want, q, rows, dim, g, n, stride, pitch, nil, nil)
					for _, more := range []int{0, 1, 2, 7, 48} {
						load, got := newLoad(t, s, data, id, more, more+fetchAhead), make([]float32, latentWhole*pitch)
						kernel(got, q, rows, dim, g, n, stride, pitch, nil, load)
						if !slices.Equal(got, want) {
							t.Fatalf("%s: other scores of %v beside %d rows", name, c, more)
						}
						checkLoad(t, load, load.done)
						loadRows.Best()(load)
						checkLoad(t, load, more)
					}
				}
			}
		}
	})
}

// small is whether a bf16 counts as 0.
func small(x uint16) bool { return x&0x7f80 == 0 }

// BenchmarkLoadRows is 48 rows of DeepSeek's layouts in the first-level cache.
func BenchmarkLoadRows(b *testing.B) {
	const n = 48
	for _, name := range []string{"v4", "v3.2"} {
		layout := layouts()[name]
		s, _ := shape(&layout)
		data, ids, pitch := make([]byte, n*s.size), make([]int32, n), Dim(layout)+pairGap
		for i := range ids {
			ids[i] = int32(i)
		}
		load := &RowLoad{shape: s, dst: make([]uint16, n*pitch), pitch: pitch, data: data, ids: ids, n: n}
		for _, v := range loadRows.Variants() {
			b.Run(fmt.Sprintf("rows=%s/isa=%s", name, v.ISA), func(b *testing.B) {
				if !v.ISA.Supported() {
					b.Skip("no such CPU")
				}
				for b.Loop() {
					load.done = 0
					v.Func(load)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
			})
		}
	}
}

// TestNoSuchRow: a row outside the store is not read.
func TestNoSuchRow(t *testing.T) {
	l := &Latents{Layout: layouts()["v4"]}
	l.Data = make([]byte, 4*l.Layout.Bytes())
	s := &State{}
	for _, id := range []int32{-1, 4} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("row %d of 4 was read", id)
				}
			}()
			dim := Dim(l.Layout)
			s.Reset(1, dim, dim)
			s.AddLatents(make([]float32, PadQueries(1)*dim), l, []int32{0, id}, 0, 2, nil)
		}()
	}
}
