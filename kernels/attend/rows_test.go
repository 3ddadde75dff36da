package attend

import (
	"fmt"
	"testing"

	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

// TestLoadRows: decoding rows is the same in every variant, for all finite codes, all scales
// of a power of two that f32 has, and some others, and rows in any order.
func TestLoadRows(t *testing.T) {
	kerneltest.Each(t, loadRows, func(t *testing.T, kernel RowsFunc) {
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

func testLoadRows(t *testing.T, layout kernels.RowLayout, kernel RowsFunc, place func(testing.TB, int) []byte) {
	const n, gap = 256, 32
	s, ok := shape(&layout)
	if !ok {
		t.Fatalf("%v: not a shape", layout)
	}
	data := place(t, n*s.size)
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
	for _, c := range [][2]int{{1, 1}, {3, 3}, {5, 5 + fetchAhead + 7}, {n, n}} {
		ids := kerneltest.After[int32](t, c[1])
		for i := range ids {
			ids[i] = int32(n - 1 - i*7%n)
		}
		pitch := s.codes + s.words + gap
		got, want := kerneltest.After[uint16](t, c[0]*pitch-gap), make([]uint16, c[0]*pitch-gap)
		clear(got)
		kernel(got, data, ids, c[0], pitch, &s)
		loadRowsRef(want, data, ids, c[0], pitch, &s)
		for i := range want {
			if got[i] != want[i] && !(small(got[i]) && small(want[i])) {
				t.Fatalf("%v: row %d element %d is %#x, want %#x", layout, ids[i/pitch], i%pitch, got[i], want[i])
			}
		}
	}
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
		dst := make([]uint16, n*pitch)
		for _, v := range loadRows.Variants() {
			b.Run(fmt.Sprintf("rows=%s/isa=%s", name, v.ISA), func(b *testing.B) {
				if !v.ISA.Supported() {
					b.Skip("no such CPU")
				}
				for b.Loop() {
					v.Func(dst, data, ids, n, pitch, &s)
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
			s.AddLatents(make([]float32, PadQueries(1)*dim), l, []int32{0, id}, 0, 2)
		}()
	}
}
