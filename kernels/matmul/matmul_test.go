package matmul

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
)

func heap(n int64) []byte { return make([]byte, n) }

// packed makes a matrix of random weights.
func packed(t testing.TB, f kernels.Format, rows, cols int) *kernels.Matrix {
	t.Helper()
	m := kernels.NewMatrix(heap, f, rows, cols)
	if err := m.Pack(0, 1, kernels.FromFloats(kerneltest.NewRandom(uint64(rows)).Floats(rows*cols, 2), rows, cols)); err != nil {
		t.Fatal(err)
	}
	return m
}

// guardedCall is all panels and one tile in buffers that fault beside both ends.
func guardedCall(t *testing.T, m *kernels.Matrix, in *Input, place int) *Call {
	kernel := sets[m.Format].Best()
	c := &Call{Tokens: in.T}
	c.set(m)
	c.Streams = streams(m.Format, c.K)
	c.W = kerneltest.Copy(t, kerneltest.Places[byte]()[place], m.Pairs(0, m.Panels(), kernel.Paired, new([]byte)))
	c.operand(in, 0, kernel.Reads)
	switch n := c.K * in.T; kernel.Reads {
	case kernels.ActInt8:
		c.Q = kerneltest.Copy(t, kerneltest.Places[int8]()[place], c.Q[:n])
		c.QScale = kerneltest.Copy(t, kerneltest.Places[float32]()[place], c.QScale[:n/32])
		c.QStart = kerneltest.Copy(t, kerneltest.Places[int32]()[place], c.QStart[:n/32])
		c.QMagic = kerneltest.Copy(t, kerneltest.Places[int32]()[place], c.QMagic[:n/32])
	case kernels.ActBF16:
		c.B = kerneltest.Copy(t, kerneltest.Places[uint16]()[place], c.B[:n])
	default:
		c.X = kerneltest.Copy(t, kerneltest.Places[float32]()[place], c.X[:n])
	}
	c.Y = kerneltest.Places[float32]()[place](t, in.T*m.Panels()*kernels.PanelRows)
	return c
}

// TestKernels is the parity test of all formats and variants: 1 to 12
// rows, one pair of panels or several, one to many blocks of columns, guard pages on both sides of every buffer, results
// poisoned, prefetch anywhere, inputs unchanged, two runs with the same bits, all within the bound of doc.go.
func TestKernels(t *testing.T) {
	for _, f := range kernels.Formats() {
		kerneltest.Each(t, sets[f], func(t *testing.T, kernel Kernel) {
			for _, cols := range []int{1, 16, 31, 32, 48, 64, 96, 100, 128, 160, 384, 512, 640} {
				one, some := packed(t, f, kernels.PairRows, cols), packed(t, f, 3*kernels.PairRows, cols)
				for tokens := 1; tokens <= TileTokens; tokens++ {
					m := one
					if tokens <= 4 && cols < 400 || tokens == TileTokens/2 {
						m = some
					}
					var in Input
					in.Reset(kerneltest.NewRandom(7).Floats(tokens*cols, 3), cols, cols, nil, tokens)
					in.Set(f)
					for place := range 2 {
						c := guardedCall(t, m, &in, place)
						c.Near, c.Far, c.End, c.Jump = 4096, 1<<20, uintptr(tokens), -1<<30
						checkKernel(t, kernel, c, m, &in, fmt.Sprintf("%s cols=%d tokens=%d", f, cols, tokens))
					}
				}
			}
		})
	}
}

func checkKernel(t *testing.T, kernel Kernel, c *Call, m *kernels.Matrix, in *Input, name string) {
	t.Helper()
	w, before := bytes.Clone(c.W), *c
	before.X, before.B, before.Q = slices.Clone(c.X), slices.Clone(c.B), slices.Clone(c.Q)
	before.QScale, before.QStart, before.QMagic = slices.Clone(c.QScale), slices.Clone(c.QStart), slices.Clone(c.QMagic)
	run := func() []float32 {
		for i := range c.Y {
			c.Y[i] = float32(math.NaN())
		}
		kernel.Run(c)
		return slices.Clone(c.Y)
	}
	first, second := run(), run()
	if !slices.Equal(first, second) {
		t.Fatalf("%s: two runs differ", name)
	}
	if !bytes.Equal(w, c.W) || !slices.Equal(before.X, c.X) || !slices.Equal(before.B, c.B) || !slices.Equal(before.Q, c.Q) ||
		!slices.Equal(before.QScale, c.QScale) || !slices.Equal(before.QStart, c.QStart) || !slices.Equal(before.QMagic, c.QMagic) {
		t.Fatalf("%s: an input was changed", name)
	}
	rows := make([][]float32, m.Rows)
	for r := range rows {
		rows[r] = make([]float32, m.Cols)
		m.Row(r, rows[r])
	}
	if !kerneltest.Within(t, name, first, func(i int) (float64, float64) {
		panel, row := i/kernels.PanelRows/in.T, i%kernels.PanelRows
		return in.dot(rows[panel*kernels.PanelRows+row], i/kernels.PanelRows%in.T, kernel.Reads)
	}) {
		t.FailNow()
	}
}

// TestLargest: integers are exact where weights and codes are as large as they come, of any
// sign in each pair of columns.
func TestLargest(t *testing.T) {
	const cols = 2 * kernels.QuantBlock
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.INT8} {
		kerneltest.Each(t, sets[f], func(t *testing.T, kernel Kernel) {
			for signs := range 16 {
				sign := func(i, bits int) float32 { return float32(1 - bits>>(i/2%2)%2*2) }
				w, x := make([]float32, 2*kernels.PanelRows*cols), make([]float32, TileTokens*cols)
				for i := range w {
					w[i] = 6 * sign(i, signs&3)
				}
				for i := range x {
					x[i] = 127 * sign(i, signs>>2)
				}
				m := kernels.NewMatrix(heap, f, 2*kernels.PanelRows, cols)
				if err := m.Pack(0, 1, kernels.FromFloats(w, 2*kernels.PanelRows, cols)); err != nil {
					t.Fatal(err)
				}
				for _, tokens := range []int{1, 2, TileTokens} {
					var in Input
					in.Reset(x, cols, cols, nil, tokens)
					in.Set(f)
					c := guardedCall(t, m, &in, 0)
					checkKernel(t, kernel, c, m, &in, fmt.Sprintf("%s signs=%d tokens=%d", f, signs, tokens))
				}
			}
		})
	}
}

// TestScales: scales of MXFP4, as small and as large as they come, give what the reference
// gives, or NaN if they are huge.
func TestScales(t *testing.T) {
	const cols, tokens = kernels.QuantBlock, 2
	m := packed(t, kernels.MXFP4, 2*kernels.PanelRows, cols)
	for _, code := range []int{0, 1, 2, 16, 64, 127, 200, 232, 233, 234, 253, 254, 255} {
		size, small := 1.0, 0x1p-126
		if code > 64 {
			size = 0x1p-20
		}
		if code == 0 { // counts as 2^-127 or as zero
			small = 6 * cols * 0x1p-127
		}
		var in Input
		in.Reset(kerneltest.NewRandom(4).Floats(tokens*cols, size), cols, cols, nil, tokens)
		in.Set(m.Format)
		for p := range m.Panels() {
			m.Scales(p, func(scales []byte) {
				for i := range scales {
					scales[i] = byte(code)
				}
			})
		}
		restore := sets[m.Format].Force(sets[m.Format].Variants()[0].Func)
		want := guardedCall(t, m, &in, 0)
		each(mxfp4Ref)(want)
		restore()
		kerneltest.Each(t, sets[kernels.MXFP4], func(t *testing.T, kernel Kernel) {
			c := guardedCall(t, m, &in, 0)
			kernel.Run(c)
			for i, v := range c.Y {
				got, want := float64(v), float64(want.Y[i])
				if nan := code > 232 && math.IsNaN(got); !nan && got != want && !(math.Abs(got-want) <= 4*eps*math.Abs(want)+small) {
					t.Fatalf("scale code %d: result %d is %g, want %g", code, i, got, want)
				}
			}
		})
	}
}

// TestVerify is the check a bench makes: it passes for every variant, with
// partial panels, several tiles and several lines of scales, and it catches a kernel that is off.
func TestVerify(t *testing.T) {
	for _, f := range kernels.Formats() {
		for _, size := range [][2]int{{1, 100}, {15, 100}, {16, 100}, {17, 100}, {40, 100}, {32, 2200}} {
			m := packed(t, f, size[0], size[1])
			kerneltest.Each(t, sets[f], func(t *testing.T, _ Kernel) {
				for _, tokens := range []int{1, 6, 7, 12, 13, 20} {
					if err := Verify(m, tokens); err != nil {
						t.Error(err)
					}
				}
			})
		}
		m := packed(t, f, 32, 128)
		real := sets[f].Best()
		for _, at := range []int{3, 2*2*kernels.PanelRows - 1} { // of the first panel, and of the second
			restore := sets[f].Force(real.Instead(func(c *Call) { real.Run(c); c.Y[at] *= 1.01 }))
			if Verify(m, 2) == nil {
				t.Errorf("%s: a kernel whose result %d is 1 %% off passes", f, at)
			}
			restore()
		}
	}
}

// TestNaN: NaN and infinity in a row reach every result of that row, and no
// result of another.
func TestNaN(t *testing.T) {
	for _, f := range kernels.Formats() {
		m := packed(t, f, 32, 128)
		for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
			x := kerneltest.NewRandom(3).Floats(2*128, 1)
			x[5] = bad
			kerneltest.Each(t, sets[f], func(t *testing.T, _ Kernel) {
				var in Input
				in.Reset(x, 128, 128, nil, 2)
				in.Set(f)
				var wk worker
				y := make([]float32, 64)
				wk.mul(&Job{W: m, X: &in, Y: y, Stride: 32}, 0, 2, nil, false)
				for r := range 32 {
					if v := float64(y[r]); !math.IsNaN(v) && !math.IsInf(v, 0) || y[32+r] != y[32+r] {
						t.Errorf("%s with %g: row %d gives %g, the other token %g", f, bad, r, y[r], y[32+r])
					}
				}
			})
		}
	}
}

// TestSmall: weights, rows and products about as small as normal numbers are, where the bound
// allows zero but no garbage, and some that are just large enough to be right.
func TestSmall(t *testing.T) {
	const cols = 128
	for _, f := range []kernels.Format{kernels.F32, kernels.BF16, kernels.F16, kernels.FP8} {
		kerneltest.Each(t, sets[f], func(t *testing.T, kernel Kernel) {
			for _, sizes := range [][2]float64{{0x1p-125, 1}, {1, 0x1p-125}, {0x1p-50, 0x1p-75}, {0x1p-125, 0x1p100}, {0x1p-100, 1}, {1, 0x1p-100}, {0x1p-50, 0x1p-50}} {
				if f == kernels.FP8 && sizes[0] < 0x1p-50 { // its scales would be too small
					continue
				}
				r := kerneltest.NewRandom(9)
				m := kernels.NewMatrix(heap, f, kernels.PairRows, cols)
				if err := m.Pack(0, 1, kernels.FromFloats(r.Floats(kernels.PairRows*cols, sizes[0]), kernels.PairRows, cols)); err != nil {
					t.Fatal(err)
				}
				var in Input
				in.Reset(r.Floats(2*cols, sizes[1]), cols, cols, nil, 2)
				in.Set(f)
				checkKernel(t, kernel, guardedCall(t, m, &in, 0), m, &in, fmt.Sprintf("%s weights < %g, rows < %g", f, sizes[0], sizes[1]))
			}
		})
	}
}

// finisher keeps results in y, and counts them.
type finisher struct {
	y     []float32 // [tokens][rows+1]
	rows  int
	taken []int // rows of x, by panel
	done  []int // what was taken when Done came
}

func (f *finisher) Done() { f.done = append(f.done[:0], f.taken...) }

func (f *finisher) Finish(y []float32, first, n, p int) {
	for q := range len(y) / (n * kernels.PanelRows) {
		lo, hi := (p+q)*kernels.PanelRows, min((p+q+1)*kernels.PanelRows, f.rows)
		for t := 0; t < n && lo < hi; t++ {
			copy(f.y[(first+t)*(f.rows+1):][lo:hi], y[(q*n+t)*kernels.PanelRows:])
		}
		f.taken[p+q] += n
	}
}

// TestRegion: many products at once, with biases and continuations, of few rows and many, equal
// single ones of ten rows bit by bit, for one and two workers, without allocation.
func TestRegion(t *testing.T) {
	const k = 300
	x := kerneltest.NewRandom(1).Floats(11*k, 1)
	ids := []int32{3, 0, 10, 7, 7, 1, 2, 4, 5, 6}
	for _, workers := range []int{1, 2} {
		if workers > len(hw.CPUs()) {
			continue
		}
		pool, err := hw.NewPool(workers)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		r := NewRegion(pool)
		for _, tokens := range []int{1, 3, len(ids)} {
			var jobs []Job
			for i, f := range kernels.Formats() {
				rows := 40 + 700*i
				in := &Input{}
				in.Reset(x, k, k, ids[:tokens], tokens)
				in.Set(f)
				j := Job{W: packed(t, f, rows, k), X: in, Bias: kerneltest.NewRandom(2).Floats(rows, 1)}
				if y := make([]float32, tokens*(rows+1)); i%2 == 0 {
					j.Y, j.Stride = y, rows+1
				} else {
					j.Then = &finisher{y: y, rows: rows, taken: make([]int, j.W.Panels())}
				}
				jobs = append(jobs, j)
			}
			run := func() {
				for _, j := range jobs {
					r.Add(j)
				}
				r.Run()
			}
			run()
			for i, j := range jobs {
				stride, got := j.W.Rows+1, j.Y
				if then, ok := j.Then.(*finisher); ok {
					got = then.y
					if want := slices.Repeat([]int{tokens}, len(then.taken)); !slices.Equal(then.taken, want) || !slices.Equal(then.done, want) {
						t.Errorf("%d workers, %d rows: job %d: panels were continued for %v rows, for %v before Done", workers, tokens, i, then.taken, then.done)
					}
				}
				var wk worker
				var all Input
				all.Reset(x, k, k, ids, len(ids))
				all.Set(j.W.Format)
				want := make([]float32, len(ids)*stride)
				wk.mul(&Job{W: j.W, X: &all, Y: want, Stride: stride}, 0, j.W.Panels(), nil, false)
				for tok := range ids {
					for row := range j.W.Rows {
						want[tok*stride+row] += j.Bias[row]
					}
				}
				if !slices.Equal(want[:len(got)], got) {
					t.Errorf("%d workers, %d rows: job %d differs from a single product", workers, tokens, i)
				}
			}
			run()
			if n := testing.AllocsPerRun(5, run); n != 0 {
				t.Errorf("%d workers: %g allocations a region", workers, n)
			}
		}
		r.Run() // nothing added: nothing to do
	}
}

// TestPrefetchSetting: what is set is what is read.
func TestPrefetchSetting(t *testing.T) {
	other := currentPrefetch(kernels.INT8)
	defer setPrefetch(kernels.FP8, currentPrefetch(kernels.FP8))
	want := Setting{Prefetch{Near: 1024, Far: 16384}, Prefetch{1 << 20, 1 << 30}}
	if setPrefetch(kernels.FP8, want); currentPrefetch(kernels.FP8) != want || currentPrefetch(kernels.INT8) != other {
		t.Errorf("set %v, got %v, and %v of another format", want, currentPrefetch(kernels.FP8), currentPrefetch(kernels.INT8))
	}
}

// TestTune: the answers are candidates, kept, and in force.
func TestTune(t *testing.T) {
	if testing.Short() {
		t.Skip("times memory")
	}
	pool, err := hw.NewPool(1)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	found, err := Tune(pool)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kernels.Formats() {
		if s, c := found[f], candidates[:]; !slices.Contains(c, s.Few) || !slices.Contains(c, s.Many) || currentPrefetch(f) != s {
			t.Errorf("%s: tuned to %v, in force is %v", f, s, currentPrefetch(f))
		}
		setPrefetch(f, Setting{})
	}
	if again, err := Tune(pool); !cmp.Equal(again, found) || err != nil || currentPrefetch(kernels.MXFP4) != found[kernels.MXFP4] {
		t.Errorf("tuned again to %v, first to %v: %v", again, found, err)
	}
}

// BenchmarkKernel times kernels on weights that lie in the second-level cache:
// how fast they could be if memory were.
func BenchmarkKernel(b *testing.B) {
	for _, f := range kernels.Formats() {
		const cols = 4096
		rows := max(32, 64*4/f.Bits()/16*16)
		m := packed(b, f, rows, cols)
		for _, tokens := range []int{1, 2, 4, 8, 12} {
			var in Input
			var wk worker
			x, y := kerneltest.NewRandom(1).Floats(tokens*cols, 1), make([]float32, tokens*rows)
			kerneltest.Bench(b, sets[f], fmt.Sprintf("format=%s/tokens=%d", f, tokens), m.Bytes(),
				func(Kernel) error {
					in.Reset(x, cols, cols, nil, tokens)
					in.Set(f)
					return Verify(m, tokens)
				},
				func(Kernel) { wk.mul(&Job{W: m, X: &in, Y: y, Stride: rows}, 0, m.Panels(), nil, false) })
		}
	}
}

func BenchmarkQuantise(b *testing.B) {
	const n = 4096
	x, q, s := kerneltest.NewRandom(1).Floats(n, 1), make([]int8, n), make([]float32, n/32)
	starts, magics := make([]int32, n/32), make([]int32, n/32)
	for _, v := range quantise.Variants() {
		b.Run(fmt.Sprintf("n=%d/isa=%s", n, v.ISA), func(b *testing.B) {
			for b.Loop() {
				v.Func(q, s, starts, magics, x, 1)
			}
		})
	}
}

func BenchmarkRound(b *testing.B) {
	const n = 4096
	x, to := kerneltest.NewRandom(1).Floats(n, 1), make([]uint16, n)
	for _, v := range round.Variants() {
		b.Run(fmt.Sprintf("n=%d/isa=%s", n, v.ISA), func(b *testing.B) {
			for b.Loop() {
				v.Func(to, x, 1)
			}
		})
	}
}

// TestLoads: what one worker reads side by side, and no further than the tier's kernels do.
func TestLoads(t *testing.T) {
	avx2 := map[kernels.Format]hw.Wall{
		kernels.MXFP4: {Streams: 2, Near: 1024, Far: 4096},
		kernels.INT8:  {Streams: 4, Near: 512, Far: 2048},
		kernels.FP8:   {Streams: 2, Near: 2048},
		kernels.BF16:  {Streams: 4},
	}
	for f, want := range avx2 {
		defer setPrefetch(f, currentPrefetch(f))
		setPrefetch(f, Setting{Few: Prefetch{Near: 2048, Far: 8192}})
		if kernels.LimitISA() >= hw.AVX512VNNI {
			want := hw.Wall{Streams: 1, Near: 2048, Far: 8192}
			if got := Loads(f, 4096); got != want {
				t.Errorf("%s: %+v, want %+v", f, got, want)
			}
		}
		for _, isa := range []hw.ISA{hw.AVX2, hw.AVX512} {
			if isa == hw.AVX512 && f != kernels.MXFP4 && f != kernels.INT8 { // their kernels need VNNI
				continue
			}
			restore := kernels.Limit(isa)
			if got := Loads(f, 4096); got != want {
				t.Errorf("%s in %s: %+v, want %+v", f, isa, got, want)
			}
			restore()
		}
	}
}

// TestLead: distances are whole turns or groups of every stream or of both panels, one or two
// panels at most, and 0 where nothing is to be fetched ahead.
func TestLead(t *testing.T) {
	for _, c := range []struct {
		f                             kernels.Format
		cols, streams, distance, lead int
		paired                        bool
	}{
		{kernels.MXFP4, 4096, 1, 1000, 1088, false}, {kernels.MXFP4, 4096, 2, 1000, 2 * 1088, false}, {kernels.MXFP4, 4096, 1, 1089, 2 * 1088, false},
		{kernels.INT8, 4096, 4, 8192, 8 * 1088, false}, {kernels.INT8, 128, 1, 8192, 2 * 1088, false}, {kernels.MXFP4, 32, 1, 4096, 64 + 256, false},
		{kernels.BF16, 4096, 1, 1000, 1024, false}, {kernels.FP8, 4096, 1, 2048, 2048, false}, {kernels.INT8, 4096, 4, 0, 0, false},
		{kernels.MXFP4, 4096, 1, 1000, 2 * 1088, true}, {kernels.INT8, 128, 1, 8192, 4 * 1088, true}, {kernels.FP8, 4096, 1, 1025, 2048, true},
	} {
		w := kernels.NewMatrix(func(n int64) []byte { return make([]byte, n) }, c.f, 16, c.cols)
		call := Call{Streams: c.streams, Stride: c.f.PanelBytes(c.cols)}
		unit, most := call.units(w, c.paired)
		if got := lead(c.distance, unit, most); got != c.lead {
			t.Errorf("%s, %d columns in %d streams: %d bytes ahead become %d, want %d", c.f, c.cols, c.streams, c.distance, got, c.lead)
		}
	}
}

// TestPaired: matrices made in a tier lie as its kernels read them; kernels of another one get
// a copy that does.
func TestPaired(t *testing.T) {
	kerneltest.Tiers(t, func(t *testing.T) {
		for _, f := range kernels.Formats() {
			if kernel := sets[f].Best(); kernel.Paired != f.Paired() {
				t.Errorf("%s: matrices in pairs %v, kernels %v", f, f.Paired(), kernel.Paired)
			}
			m := packed(t, f, 40, 300)
			var buffer, back []byte
			other := kernels.Matrix{Format: f, Rows: kernels.PairRows, Cols: 300, Paired: !m.Paired, Data: m.Pairs(2, 4, !m.Paired, &buffer)}
			if !bytes.Equal(other.Pairs(0, 2, m.Paired, &back), m.Span(2, 4)) || bytes.Equal(other.Data, m.Span(2, 4)) {
				t.Errorf("%s: panels are not the same after they were laid out otherwise and back", f)
			}
		}
	})
}
