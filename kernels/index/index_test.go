package index

import (
	"fmt"
	"math"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

type random uint64

func (r *random) floats(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		*r = *r*6364136223846793005 + 1442695040888963407
		x[i] = float32(int32(*r>>32)) / (1 << 31)
	}
	return x
}

var formats = []kernels.Format{kernels.F32, kernels.BF16, kernels.FP8, kernels.MXFP4}

// TestScores compares every variant with float64 over the decoded rows; the bound
// is the one the package states.
func TestScores(t *testing.T) {
	for _, f := range formats {
		kerneltest.Each(t, loads[f], func(t *testing.T, _ loadFunc) {
			kerneltest.Each(t, scores, func(t *testing.T, _ ScoreFunc) {
				for _, c := range []struct{ heads, dim, n int }{{4, 8, 1}, {4, 16, 31}, {8, 32, 32}, {12, 40, 33}, {64, 128, 70}} {
					for _, place := range kerneltest.Places[byte]() {
						testScores(t, f, c.heads, c.dim, c.n, place)
					}
				}
			})
		})
	}
}

func testScores(t *testing.T, f kernels.Format, heads, dim, n int, place func(testing.TB, int) []byte) {
	t.Helper()
	layout, r := Layout(f, dim), random(heads*1000+dim+n)
	size := layout.Bytes()
	rows, k := place(t, n*size), make([]float32, n*dim)
	for j := range n {
		x := r.floats(dim)
		layout.Encode(rows[j*size:(j+1)*size], x)
		layout.Decode(k[j*dim:(j+1)*dim], rows[j*size:(j+1)*size])
	}
	q, w := r.floats(heads*dim), r.floats(heads)
	got := kerneltest.After[float32](t, n)
	Scores(&Scratch{}, got, rows, layout, q, w, n)
	for j := range n {
		var want, size float64
		for h := range heads {
			var dot, abs float64
			for i := range dim {
				p := float64(q[h*dim+i]) * float64(k[j*dim+i])
				dot, abs = dot+p, abs+math.Abs(p)
			}
			want += float64(w[h]) * math.Max(dot, 0)
			size += math.Abs(float64(w[h])) * abs
		}
		if d := math.Abs(float64(got[j]) - want); !(d <= float64(dim+heads)*0x1p-24*size) {
			t.Fatalf("%s heads %d dim %d rows %d: score %d is %g, want %g", f, heads, dim, n, j, got[j], want)
		}
	}
}

// TestLoad: decoding is exact, over all codes that stand for a number.
func TestLoad(t *testing.T) {
	for _, f := range formats {
		kerneltest.Each(t, loads[f], func(t *testing.T, load loadFunc) {
			for dim := 8; dim <= 160; dim += 8 {
				layout := Layout(f, dim)
				size := layout.Bytes()
				rows := kerneltest.After[byte](t, tileRows*size)
				for j := range tileRows {
					layout.Each(rows[j*size:(j+1)*size], func(p kernels.RowPart, codes, scales []byte) {
						for i := range codes {
							codes[i] = byte(j*dim + i*3)
							if f == kernels.FP8 && codes[i]&0x7f == 0x7f || f == kernels.BF16 && i%2 == 1 || f == kernels.F32 && i%4 == 3 {
								codes[i] = 0x3f
							}
						}
						for i := range scales {
							scales[i] = byte(0x70 + (i+j)%16) // ue8m0 2^-15..1; f32 alike
							if p.Scale == kernels.FloatScale && i == 3 {
								scales[i] = 0x3f
							}
						}
					})
				}
				got, want := kerneltest.After[float32](t, dim*tileRows), make([]float32, dim*tileRows)
				load(got, rows, size, dim)
				row := make([]float32, dim)
				for j := range tileRows {
					layout.Decode(row, rows[j*size:(j+1)*size])
					for i, v := range row {
						want[i*tileRows+j] = v
					}
				}
				for i := range want {
					if got[i] != want[i] {
						t.Fatalf("dim %d: element %d of row %d is %g, want %g", dim, i/tileRows, i%tileRows, got[i], want[i])
					}
				}
			}
		})
	}
}

func TestNoAllocation(t *testing.T) {
	layout, s := Layout(kernels.MXFP4, 128), &Scratch{}
	rows, q, w, dst := make([]byte, 100*layout.Bytes()), make([]float32, 64*128), make([]float32, 64), make([]float32, 100)
	if n := testing.AllocsPerRun(10, func() { Scores(s, dst, rows, layout, q, w, 100) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// BenchmarkScores is the indexer of DeepSeek V4 and V3.2, 64 heads of 128, over
// 65,536 rows, on all CPUs.
func BenchmarkScores(b *testing.B) {
	const heads, dim, n, chunk = 64, 128, 65536, 1024
	pool := kerneltest.Pool(b, len(hw.CPUs()))
	r := random(1)
	q, w, dst := r.floats(heads*dim), r.floats(heads), make([]float32, n)
	scratch := make([]Scratch, pool.Size())
	for _, f := range formats {
		layout := Layout(f, dim)
		size := layout.Bytes()
		rows := make([]byte, n*size)
		for j := range n {
			layout.Encode(rows[j*size:], r.floats(dim))
		}
		for _, v := range scores.Variants() {
			b.Run(fmt.Sprintf("rows=%s/isa=%s/threads=%d", f, v.ISA, pool.Size()), func(b *testing.B) {
				defer kernels.Limit(v.ISA)()
				for b.Loop() {
					pool.Run(n/chunk, func(worker, i int) {
						Scores(&scratch[worker], dst[i*chunk:(i+1)*chunk], rows[i*chunk*size:(i+1)*chunk*size], layout, q, w, chunk)
					})
				}
				kerneltest.ReportFLOP(b, pool, pool.Size(), v.ISA, 2*heads*dim*n)
			})
		}
	}
}
