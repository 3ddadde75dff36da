package index

import (
	"bytes"
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
	all := func(t *testing.T, f kernels.Format) {
		for _, c := range []struct{ heads, dim, n int }{{8, 8, 1}, {8, 16, 31}, {16, 32, 32}, {24, 40, 33}, {8, 160, 7}, {64, 128, 70}} {
			for _, place := range kerneltest.Places[byte]() {
				testScores(t, f, c.heads, c.dim, c.n, place)
			}
		}
	}
	restore := formFP8.Force(func(s *Scratch) form { return s.floats.of(kernels.FP8) })
	for _, f := range []kernels.Format{kernels.F32, kernels.BF16, kernels.FP8} {
		kerneltest.Each(t, loads[f], func(t *testing.T, _ loadFunc) {
			kerneltest.Each(t, scores, func(t *testing.T, _ ScoreFunc) { all(t, f) })
		})
	}
	restore()
	defer formFP8.Force(func(s *Scratch) form { return &s.pairs })()
	kerneltest.Each(t, loadPairs, func(t *testing.T, _ func(tile []uint32, rows []byte, size, dim int)) {
		kerneltest.Each(t, scoresPairs, func(t *testing.T, _ PairsFunc) { all(t, kernels.FP8) })
	})
	kerneltest.Each(t, loadMXFP4, func(t *testing.T, _ func(tile, rows []byte, size, dim int)) {
		kerneltest.Each(t, scoresMXFP4, func(t *testing.T, _ MXFP4Func) { all(t, kernels.MXFP4) })
	})
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
	var s Scratch
	s.Begin(layout, q, w)
	s.Scores(got, rows)
	if layout.Parts[0].Scale != kernels.NoScale {
		for h := range heads {
			layout.RoundTrip(q[h*dim:(h+1)*dim], make([]byte, size))
		}
	}
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
		if d := math.Abs(float64(got[j]) - want); !(d <= float64(dim+heads+3)*0x1p-24*size) {
			t.Fatalf("%s heads %d dim %d rows %d: score %d is %g, want %g", f, heads, dim, n, j, got[j], want)
		}
	}
}

// TestNaN: NaN in a query or a row is NaN in the score, in every tier, and infinity is where
// there are scales.
func TestNaN(t *testing.T) {
	const heads, dim, n = HeadTile, 48, tileRows
	kerneltest.Tiers(t, func(t *testing.T) {
		for _, f := range formats {
			layout := Layout(f, dim)
			bad := []float32{float32(math.NaN())}
			if layout.Parts[0].Scale != kernels.NoScale {
				bad = append(bad, float32(math.Inf(1)), float32(math.Inf(-1)))
			}
			for _, value := range bad {
				for at := range dim {
					testNaN(t, layout, heads, n, func(x, q []float32) { x[5*dim+at] = value }, func(j int) bool { return j == 5 })
					testNaN(t, layout, heads, n, func(x, q []float32) { q[dim+at] = value }, func(int) bool { return true })
				}
			}
		}
	})
}

func testNaN(t *testing.T, layout kernels.RowLayout, heads, n int, spoil func(x, q []float32), want func(j int) bool) {
	t.Helper()
	r, dim, size := random(3), layout.N(), layout.Bytes()
	x, q, w, got := r.floats(n*dim), r.floats(heads*dim), r.floats(heads), make([]float32, n)
	spoil(x, q)
	rows := make([]byte, n*size)
	for j := range n {
		layout.Encode(rows[j*size:(j+1)*size], x[j*dim:(j+1)*dim])
	}
	var s Scratch
	s.Begin(layout, q, w)
	s.Scores(got, rows)
	for j, v := range got {
		if (v != v) != want(j) {
			t.Fatalf("%s: the score of row %d is %g, want NaN %t", layout, j, v, want(j))
		}
	}
}

// TestLoad: decoding is exact, over all codes that stand for a number.
func TestLoad(t *testing.T) {
	for f := range loads {
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
							scales[i] = byte(0x70 + (i+j)%16)
							if i == 3 {
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

// TestLoadPairs: every variant makes the tile of the reference, and that holds the values
// of all codes.
func TestLoadPairs(t *testing.T) {
	kerneltest.Each(t, loadPairs, func(t *testing.T, load func(tile []uint32, rows []byte, size, dim int)) {
		for dim := 8; dim <= 168; dim += 8 {
			layout := Layout(kernels.FP8, dim)
			size := layout.Bytes()
			rows := kerneltest.After[byte](t, tileRows*size)
			for i := range rows {
				if rows[i] = byte(i*7 + i/256); rows[i]&0x7f == 0x7f { // not a number
					rows[i] = 0x3f
				}
			}
			got, want := kerneltest.After[uint32](t, (dim/2+1)*tileRows), make([]uint32, (dim/2+1)*tileRows)
			load(got, rows, size, dim)
			loadPairsRef(want, rows, size, dim)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("dim %d: %d of row %d is %#x, want %#x", dim, i/tileRows, i%tileRows, got[i], want[i])
				}
			}
			for i := range dim {
				pair, shift := pairOf(i)
				if v, w := kernels.BF16.Decode(got[pair*tileRows]>>shift&0xffff), kernels.FP8.Decode(uint32(rows[i])); v != w {
					t.Fatalf("dim %d: code %#x is %g, want %g", dim, rows[i], v, w)
				}
			}
		}
	})
}

// TestMXFP4 covers all pairs of codes, and scales far apart: products of one block are
// exact.
func TestMXFP4(t *testing.T) {
	const heads, most = HeadTile, 5
	layout := Layout(kernels.MXFP4, most*block)
	size, s := layout.Bytes(), &Scratch{}
	rows, got, w := kerneltest.After[byte](t, tileRows*size), kerneltest.After[float32](t, tileRows), make([]float32, heads)
	value := func(code int) float32 { return kernels.MXFP4.Decode(uint32(code) % 16) }
	kerneltest.Each(t, scoresMXFP4, func(t *testing.T, _ MXFP4Func) {
		for b := range most { // all others are zero
			q, keys := make([]float32, heads*most*block), make([]float32, tileRows*most*block)
			for i := range block {
				for h := range heads {
					q[(h*most+b)*block+i] = float32(math.Ldexp(float64(value(5*i+3*h+i*h)), 20*h-70))
				}
				for j := range tileRows {
					keys[(j*most+b)*block+i] = float32(math.Ldexp(float64(value(3*i+7*j+i*j/8)), j-12))
				}
			}
			for j := range tileRows {
				layout.Encode(rows[j*size:(j+1)*size], keys[j*most*block:(j+1)*most*block])
			}
			for h := range heads {
				clear(w)
				w[h] = 1
				s.Begin(layout, q, w)
				s.Scores(got, rows)
				for j := range tileRows {
					var want float64
					for i := range most * block {
						want += float64(q[h*most*block+i]) * float64(keys[j*most*block+i])
					}
					if want = max(want, 0); float64(got[j]) != want {
						t.Fatalf("block %d: score of head %d and row %d is %g, want %g", b, h, j, got[j], want)
					}
				}
			}
		}
	})
}

// TestLoadMXFP4: every variant makes the tile of the reference, of all codes.
func TestLoadMXFP4(t *testing.T) {
	kerneltest.Each(t, loadMXFP4, func(t *testing.T, load func(tile, rows []byte, size, dim int)) {
		for dim := 8; dim <= 168; dim += 8 {
			size := Layout(kernels.MXFP4, dim).Bytes()
			rows := kerneltest.After[byte](t, tileRows*size)
			for i := range rows {
				rows[i] = byte(i*7 + i/256)
			}
			got, want := kerneltest.After[byte](t, blocks(dim)*blockBytes), make([]byte, blocks(dim)*blockBytes)
			load(got, rows, size, dim)
			loadMXFP4Ref(want, rows, size, dim)
			if !bytes.Equal(got, want) {
				t.Fatalf("dim %d: %x, want %x", dim, got, want)
			}
		}
	})
}

// TestRoundFP8: every variant of both forms makes what is read from a stored row, ties and
// small values included.
func TestRoundFP8(t *testing.T) {
	kerneltest.Each(t, roundFP8, testRoundFP8)
	kerneltest.Each(t, roundPairs, func(t *testing.T, round func(q []uint32, x []float32) float32) {
		testRoundFP8(t, func(q, x []float32) {
			pairs := kerneltest.After[uint32](t, len(x)/2)
			scale := round(pairs, x)
			for i := range q {
				pair, shift := pairOf(i)
				q[i] = scale * kernels.BF16.Decode(pairs[pair]>>shift&0xffff)
			}
		})
	})
}

func testRoundFP8(t *testing.T, round func(q, x []float32)) {
	r := random(11)
	for n := 8; n <= 264; n += 8 {
		for e := -40; e < 30; e++ {
			x := kerneltest.Copy(t, kerneltest.After[float32], r.floats(n))
			for i := range x {
				if i%2 == 0 { // ties, where the largest value makes the scale a power of two
					x[i] = float32(math.Ldexp(float64(i*37%512)/32, -i%20))
				}
				x[i] = float32(math.Ldexp(float64(x[i]), e))
			}
			x[0] = float32(math.Ldexp(448.0/16, e))
			got, want := kerneltest.After[float32](t, n), make([]float32, n)
			round(got, x)
			layout := Layout(kernels.FP8, n)
			copy(want, x)
			layout.RoundTrip(want, make([]byte, layout.Bytes()))
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%d elements times 2^%d: element %d, %g, is %g, want %g", n, e, i, x[i], got[i], want[i])
				}
			}
		}
	}
}

// TestRoundMXFP4: every variant rounds as rows are encoded, ties and ends of the range
// included.
func TestRoundMXFP4(t *testing.T) {
	const blocks = 300
	r, x := random(7), kerneltest.After[float32](t, blocks*block)
	copy(x, r.floats(len(x)))
	for b := range blocks {
		part := x[b*block : (b+1)*block]
		switch b % 4 {
		case 0: // all multiples of an eighth of a step up to the largest value
			for i := range part {
				part[i] = float32(i+b/4%7*32) / 32
			}
			part[0] = 6
		case 1:
			clear(part[1:])
		}
		for i := range part {
			part[i] = float32(math.Ldexp(float64(part[i]), b-150)) // 2^-150 is less than all floats
		}
		if b > 270 {
			clear(part)
		}
	}
	wantCodes, wantScales, layout := make([]byte, len(x)), make([]float32, blocks), Layout(kernels.MXFP4, block)
	row := make([]byte, layout.Bytes())
	for b := range blocks {
		layout.Encode(row, x[b*block:(b+1)*block])
		p := layout.Parts[0]
		for i := range block {
			wantCodes[b*block+place(i)] = byte(2*p.Format.Decode(p.At(row, i)) + 12)
		}
		p.Scales(wantScales[b:b+1], row[p.Codes():])
	}
	kerneltest.Each(t, roundMXFP4, func(t *testing.T, round func(codes []byte, scales, x []float32)) {
		codes, scales := kerneltest.After[byte](t, len(x)), kerneltest.After[float32](t, blocks)
		round(codes, scales, x)
		for i, c := range codes {
			if b := i / block; c != wantCodes[i] || scales[b] != wantScales[b] {
				t.Fatalf("block %d: code %d is %d of scale %g, want %d of %g (values %g)", b, i%block, c, scales[b], wantCodes[i], wantScales[b], x[b*block:(b+1)*block])
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	rows, q, w, dst, s := make([]byte, 100*512), make([]float32, 64*128), make([]float32, 64), make([]float32, 100), &Scratch{}
	for _, f := range formats {
		layout := Layout(f, 128)
		if n := testing.AllocsPerRun(10, func() { s.Begin(layout, q, w); s.Scores(dst, rows) }); n != 0 {
			t.Errorf("%s: %g allocations", f, n)
		}
	}
}

// BenchmarkScores is the indexer of DeepSeek V4 and V3.2, 64 heads of 128, over
// 65,536 rows, on all CPUs.
func BenchmarkScores(b *testing.B) {
	const heads, dim, n, chunk = 64, 128, 65536, 1024
	arithmetic := map[kernels.Format][]string{kernels.F32: {"f32"}, kernels.BF16: {"f32"}, kernels.FP8: {"f32", "bf16"}, kernels.MXFP4: {"int8"}}
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
		for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
			b.Run(fmt.Sprintf("rows=%s/isa=%s/threads=%d", f, isa, pool.Size()), func(b *testing.B) {
				defer kernels.Limit(isa)()
				for b.Loop() {
					for i := range scratch {
						scratch[i].Begin(layout, q, w)
					}
					pool.Run(n/chunk, func(worker, i int) {
						scratch[worker].Scores(dst[i*chunk:(i+1)*chunk], rows[i*chunk*size:(i+1)*chunk*size])
					})
				}
				kerneltest.ReportFLOP(b, pool, isa, 2*heads*dim*n, arithmetic[f]...)
			})
		}
	}
}
