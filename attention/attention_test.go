package attention

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/kernels/vec"
)

type random uint64

func (r *random) values(n int, size float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		*r = *r*6364136223846793005 + 1442695040888963407
		x[i] = float32(size * float64(int32(*r>>32)) / (1 << 31))
	}
	return x
}

func heap(n int64) []byte { return make([]byte, n) }

// raw has the row-major matrices, for the reference.
type raw struct{ q, k, v, o []float32 }

func testWeights(r *random, c GQA, f kernels.Format) (*gqaWeights, raw) {
	w := c.NewWeights(heap, Formats{Proj: f, Aux: f}).(*gqaWeights)
	nq, nkv, size := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim, 1.5/math.Sqrt(float64(c.Hidden))
	x := raw{r.values(nq*c.Hidden, size), r.values(nkv*c.Hidden, size), r.values(nkv*c.Hidden, size), r.values(c.Hidden*nq, size)}
	for _, p := range []struct {
		m          *kernels.Matrix
		x          []float32
		rows, cols int
	}{{w.Q, x.q, nq, c.Hidden}, {w.K, x.k, nkv, c.Hidden}, {w.V, x.v, nkv, c.Hidden}, {w.O, x.o, c.Hidden, nq}} {
		if err := p.m.Pack(0, 1, kernels.FromFloats(p.x, p.rows, p.cols)); err != nil {
			panic(err)
		}
	}
	for _, b := range [][]float32{w.QBias, w.KBias, w.VBias, w.OBias, w.Sinks} {
		copy(b, r.values(len(b), 0.5))
	}
	for _, n := range [][]float32{w.QNorm, w.KNorm} {
		for i, v := range r.values(len(n), 0.3) {
			n[i] = 1 + v
		}
	}
	return w, x
}

// configs cover MHA, GQA, MQA, windows, sinks, biases, both norms, partial and
// interleaved rotation, YaRN, odd head sizes.
func configs() map[string]GQA {
	rope := func(dim int) vec.RopeConfig { return vec.RopeConfig{Theta: 10000, Dim: dim} }
	yarn := rope(16)
	yarn.Yarn = vec.Yarn{Factor: 32, Original: 64, BetaFast: 32, BetaSlow: 1, NoTruncate: true, Magnitude: 1.3465}
	inter := rope(16)
	inter.Interleaved = true
	return map[string]GQA{
		"mha":    {Hidden: 48, Heads: 4, KVHeads: 4, HeadDim: 16, QKNorm: Whole, Eps: 1e-5, Rope: rope(16)},
		"gqa":    {Hidden: 64, Heads: 8, KVHeads: 2, HeadDim: 16, QKNorm: PerHead, Eps: 1e-6, Rope: rope(16)},
		"mqa":    {Hidden: 64, Heads: 9, KVHeads: 1, HeadDim: 24, Rope: rope(8), Scale: 0.3},
		"odd":    {Hidden: 30, Heads: 3, KVHeads: 3, HeadDim: 10, Rope: rope(4), QKVBias: true},
		"window": {Hidden: 32, Heads: 4, KVHeads: 2, HeadDim: 16, Window: 7, Sinks: true, QKVBias: true, OBias: true, Rope: yarn},
		"inter":  {Hidden: 32, Heads: 2, KVHeads: 2, HeadDim: 32, Rope: inter},
	}
}

// reference is the sublayer in float64: all rows of one sequence at once.
func reference(c GQA, w *gqaWeights, x raw, in []float32) []float64 {
	t := len(in) / c.Hidden
	q := referenceProject(c, in, x.q, w.QBias, c.Heads, w.QNorm, true)
	k := referenceProject(c, in, x.k, w.KBias, c.KVHeads, w.KNorm, true)
	v := referenceProject(c, in, x.v, w.VBias, c.KVHeads, nil, false)
	nq, nkv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	y := make([]float64, t*c.Hidden)
	for i := range t {
		o := make([]float64, nq)
		for h := range c.Heads {
			kv := h / (c.Heads / c.KVHeads) * c.HeadDim
			first := 0
			if c.Window > 0 {
				first = max(0, i+1-c.Window)
			}
			var sum float64
			for j := first; j <= i; j++ {
				var z float64
				for d := range c.HeadDim {
					z += q[i*nq+h*c.HeadDim+d] * k[j*nkv+kv+d]
				}
				p := math.Exp(z * float64(c.scale()))
				sum += p
				for d := range c.HeadDim {
					o[h*c.HeadDim+d] += p * v[j*nkv+kv+d]
				}
			}
			if c.Sinks {
				sum += math.Exp(float64(w.Sinks[h]))
			}
			for d := range c.HeadDim {
				o[h*c.HeadDim+d] /= sum
			}
		}
		for r := range c.Hidden {
			for k, v := range o {
				y[i*c.Hidden+r] += float64(x.o[r*nq+k]) * v
			}
			if w.OBias != nil {
				y[i*c.Hidden+r] += float64(w.OBias[r])
			}
		}
	}
	return y
}

// referenceProject is in times a matrix, per head normed and rotated.
func referenceProject(c GQA, in, m, bias []float32, heads int, norm []float32, rotate bool) []float64 {
	t := len(in) / c.Hidden
	n := heads * c.HeadDim
	out := make([]float64, t*n)
	for i := range t {
		row := out[i*n : (i+1)*n]
		for r := range row {
			for k := range c.Hidden {
				row[r] += float64(m[r*c.Hidden+k]) * float64(in[i*c.Hidden+k])
			}
			if bias != nil {
				row[r] += float64(bias[r])
			}
		}
		if rotate {
			referenceNorm(c, row, norm)
			for h := 0; h < n; h += c.HeadDim {
				referenceRope(c.Rope, row[h:h+c.Rope.Dim], i)
			}
		}
	}
	return out
}

func referenceNorm(c GQA, row []float64, weight []float32) {
	size := map[NormKind]int{None: len(row), PerHead: c.HeadDim, Whole: len(row)}[c.QKNorm]
	for at := 0; c.QKNorm != None && at < len(row); at += size {
		var sum float64
		for _, v := range row[at : at+size] {
			sum += v * v
		}
		for i := range size {
			row[at+i] *= float64(weight[i]) / math.Sqrt(sum/float64(size)+float64(c.Eps))
		}
	}
}

// referenceRope repeats the words of the RoPE definition; the frequencies of
// YaRN are vec's own, tested there.
func referenceRope(c vec.RopeConfig, x []float64, pos int) {
	cs := make([]float32, c.Dim)
	vec.NewRopeTable(c).Angles(cs, pos)
	half := c.Dim / 2
	for i := range half {
		a, b := i, i+half
		if c.Interleaved {
			a, b = 2*i, 2*i+1
		}
		cos, sin := float64(cs[i]), float64(cs[half+i])
		x[a], x[b] = x[a]*cos-x[b]*sin, x[a]*sin+x[b]*cos
	}
}

// forward runs rows through a fresh cache, cut into passes of the given sizes.
func forward(t testing.TB, c Config, l Layer, s *Scratch, in []float32, f CacheFormat, cuts []int) []float32 {
	hidden := c.Width()
	n := len(in) / hidden
	cache := c.NewCache(heap, f, max(n, 90), max(1, slices.Max(cuts))) // of one capacity: ties depend on it
	y := make([]float32, len(in))
	at := 0
	for _, cut := range cuts {
		rows := make([]Row, cut)
		for i := range rows {
			rows[i] = Row{Pos: at + i}
		}
		l.Forward(s, y[at*hidden:(at+cut)*hidden], in[at*hidden:(at+cut)*hidden], []Cache{cache}, rows)
		at += cut
	}
	if at != n || cache.Len() != n {
		t.Fatalf("%d of %d rows, cache has %d", at, n, cache.Len())
	}
	return y
}

// TestForward compares with float64 on every tier. With f32 rows errors are
// those of f32 arithmetic: four products in a row of at most Hidden or
// Heads*HeadDim terms of small size, and a softmax that turns the error of a
// score (|q k| stays below about 8 here) into a relative one. bf16 rows add u = 2^-8
// of every key, thus 8u to a score, and u of every value; where queries and weights are
// rounded, too (see kernels/attend), that is 8u and 2u more. A window is as good in a ring, token
// by token.
func TestForward(t *testing.T) {
	for name, c := range configs() {
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		r := random(11)
		w, x := testWeights(&r, c, kernels.F32)
		l := c.NewLayer(w)
		const n = 40
		in := r.values(n*c.Hidden, 1)
		want := reference(c, w, x, in)
		var size float64
		for _, v := range want {
			size = max(size, math.Abs(v))
		}
		for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
			for _, f := range []CacheFormat{CacheF32, CacheBF16} {
				t.Run(fmt.Sprintf("%s/isa=%s/cache=%s", name, isa, f), func(t *testing.T) {
					defer kernels.Limit(isa)()
					bound := 8 * 8 * float64(c.Hidden+c.Heads*c.HeadDim+n+64) * 0x1p-24 * size
					if f == CacheBF16 {
						bound += (2*8 + 1) * 0x1p-8 * size
					}
					if f == CacheBF16 && isa >= hw.AVX512BF16 {
						bound += (2*8 + 2) * 0x1p-8 * size
					}
					for _, cuts := range [][]int{{n}, slices.Repeat([]int{1}, n)} {
						got := forward(t, c, l, NewScratch(kerneltest.Pool(t, 2)), in, f, cuts)
						for i, v := range want {
							if !(math.Abs(float64(got[i])-v) <= bound) {
								t.Fatalf("%d passes: row %d element %d: %g, want %g +- %.2g", len(cuts), i/c.Hidden, i%c.Hidden, got[i], v, bound)
							}
						}
					}
				})
			}
		}
	}
}

// withoutPairs limits the tier to those whose attention does not round weights to bf16. They
// are rounded relative to the largest score so far, which follows from the grouping of rows, in
// longer blocks for tokens that come together than for one: kernels/attend states and tests by
// how much sums differ that are grouped otherwise.
func withoutPairs() (restore func()) {
	return kernels.Limit(min(kernels.LimitISA(), hw.AVX512VBMI))
}

// TestCuts: a prompt may be cut anywhere, whatever the worker count and across
// the edges of windows and rings. Bits stay the same, except that a ring wraps
// elsewhere when cuts are of another size: the sums of a softmax over a window
// are then grouped otherwise, a few roundings of each term.
func TestCuts(t *testing.T) {
	for name, c := range configs() {
		r := random(13)
		w, _ := testWeights(&r, c, kernels.BF16)
		l := c.NewLayer(w)
		const n = 30
		in := r.values(n*c.Hidden, 1)
		one, two := NewScratch(kerneltest.Pool(t, 1)), NewScratch(kerneltest.Pool(t, 2))
		restore := withoutPairs()
		want := forward(t, c, l, one, in, CacheBF16, []int{n})
		rapid.Check(t, func(rt *rapid.T) {
			var cuts []int
			for left := n; left > 0; {
				cut := rapid.IntRange(1, left).Draw(rt, "cut")
				cuts = append(cuts, cut)
				left -= cut
			}
			got := forward(t, c, l, two, in, CacheBF16, cuts)
			if c.Window == 0 && !slices.Equal(got, want) {
				rt.Fatalf("%s: cuts %v give other bits", name, cuts)
			}
			for i := range want {
				if d := math.Abs(float64(got[i] - want[i])); !(d <= float64(4*c.Window+c.Heads*c.HeadDim)*0x1p-24*4) {
					rt.Fatalf("%s: cuts %v: element %d is %g, want %g", name, cuts, i, got[i], want[i])
				}
			}
		})
		restore()
	}
}

// TestBatch: sequences side by side are each as if alone, also when one call
// has several rows of one and a few of another.
func TestBatch(t *testing.T) {
	c := configs()["window"]
	r := random(17)
	w, _ := testWeights(&r, c, kernels.F32)
	l, s := c.NewLayer(w), NewScratch(kerneltest.Pool(t, 2))
	a, b := r.values(9*c.Hidden, 1), r.values(9*c.Hidden, 1)
	wantA := forward(t, c, l, s, a, CacheF32, []int{9})
	wantB := forward(t, c, l, s, b, CacheF32, []int{9})
	caches := []Cache{c.NewCache(heap, CacheF32, 9, 4), c.NewCache(heap, CacheF32, 9, 4)}
	at, got := [2]int{}, [2][]float32{}
	for _, seqs := range [][]int{{0, 1, 1, 0}, {1, 0}, {0, 0, 0, 1}, {1, 1, 1}, {0, 1, 0}, {1, 0}} {
		var in []float32
		var rows []Row
		for _, q := range seqs {
			in = append(in, [][]float32{a, b}[q][at[q]*c.Hidden:(at[q]+1)*c.Hidden]...)
			rows = append(rows, Row{Seq: q, Pos: at[q]})
			at[q]++
		}
		y := make([]float32, len(in))
		l.Forward(s, y, in, caches, rows)
		for i, q := range seqs {
			got[q] = append(got[q], y[i*c.Hidden:(i+1)*c.Hidden]...)
		}
	}
	if !slices.Equal(got[0], wantA) || !slices.Equal(got[1], wantB) {
		t.Errorf("batched rows differ from single ones")
	}
}

// TestSegments: contexts of several segments, synthetic, against one segment
// at a time is covered by attend; here the sum over a long context stays finite
// and does not depend on the worker count.
func TestSegments(t *testing.T) {
	c := configs()["gqa"]
	r := random(19)
	w, _ := testWeights(&r, c, kernels.F32)
	l := c.NewLayer(w)
	in := r.values(c.Hidden, 1)
	var want []float32
	for _, workers := range []int{1, 2} {
		cache := c.NewCache(heap, CacheBF16, 3000, 1)
		cache.FillSynthetic(5, 2999)
		y := make([]float32, c.Hidden)
		l.Forward(NewScratch(kerneltest.Pool(t, workers)), y, in, []Cache{cache}, []Row{{Pos: 2999}})
		if want == nil {
			want = y
		}
		if !slices.Equal(y, want) || math.IsNaN(float64(y[0])) || y[0] == 0 {
			t.Errorf("%d workers: %g, want %g", workers, y[0], want[0])
		}
	}
}

func TestNoAllocation(t *testing.T) {
	c := configs()["window"]
	r := random(23)
	w, _ := testWeights(&r, c, kernels.MXFP4)
	l, s := c.NewLayer(w), NewScratch(kerneltest.Pool(t, 2))
	cache := c.NewCache(heap, CacheBF16, 1000, 1)
	in, y, caches, rows := r.values(c.Hidden, 1), make([]float32, c.Hidden), []Cache{cache}, []Row{{}}
	step := func() {
		rows[0].Pos = cache.Len()
		l.Forward(s, y, in, caches, rows)
	}
	for range 20 {
		step()
	}
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestWrongPosition(t *testing.T) {
	c := configs()["gqa"]
	r := random(23)
	w, _ := testWeights(&r, c, kernels.F32)
	defer func() {
		if recover() == nil {
			t.Error("a row in the wrong place was taken")
		}
	}()
	y := make([]float32, c.Hidden)
	c.NewLayer(w).Forward(NewScratch(kerneltest.Pool(t, 1)), y, y, []Cache{c.NewCache(heap, CacheF32, 4, 1)}, []Row{{Pos: 1}})
}

func TestValidate(t *testing.T) {
	good := configs()["gqa"]
	for _, change := range []func(*GQA){
		func(c *GQA) { c.Hidden = 0 }, func(c *GQA) { c.KVHeads = 0 }, func(c *GQA) { c.KVHeads = 3 },
		func(c *GQA) { c.HeadDim = 0 }, func(c *GQA) { c.Window = -1 }, func(c *GQA) { c.Rope.Dim = 18 }, func(c *GQA) { c.Rope.Dim = 3 },
	} {
		bad := good
		change(&bad)
		if bad.Validate() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}
