package attention

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/count"
	"moebench/kernels/index"
	"moebench/kernels/kerneltest"
	"moebench/kernels/vec"
	"moebench/ledger"
)

// kinds has one small layer of every kind. Sizes are whole registers, so that
// kernels count what the ledger counts.
func kinds() map[string]Config {
	rope := vec.RopeConfig{Theta: 10000, Dim: 16, Interleaved: true}
	mla := MLA{Hidden: 64, Heads: 8, KVLora: 32, Nope: 16, Value: 16, Eps: 1e-6, Rope: rope}
	lora := mla
	lora.QLora = 48
	dsa := lora
	dsa.Indexer = Indexer{Heads: 16, Dim: 32, TopK: 12}
	window := Compressed{Hidden: 64, Heads: 8, HeadDim: 80, QLora: 48, Groups: 2, OLora: 16, Window: 16, Eps: 1e-6, Rope: rope}
	csa, hca := window, window
	csa.Ratio, csa.Indexer = 4, Indexer{Heads: 16, Dim: 32, TopK: 5}
	hca.Ratio = 8
	return map[string]Config{
		"gqa":        GQA{Hidden: 64, Heads: 8, KVHeads: 2, HeadDim: 32, QKNorm: PerHead, QKVBias: true, OBias: true, Sinks: true, Rope: rope},
		"gqa-window": GQA{Hidden: 64, Heads: 4, KVHeads: 4, HeadDim: 16, QKNorm: Whole, Window: 16, Rope: rope},
		"mla":        mla, "mla-lora": lora, "dsa": dsa, "window": window, "csa": csa, "hca": hca,
	}
}

// oddKinds have sizes that are no multiple of anything; heads of wide ones are several groups.
func oddKinds() map[string]Config {
	rope := vec.RopeConfig{Theta: 10000, Dim: 6, Interleaved: true}
	return map[string]Config{
		"odd mla":  MLA{Hidden: 30, Heads: 5, KVLora: 20, Nope: 10, Value: 7, Eps: 1e-6, Rope: rope},
		"wide mla": MLA{Hidden: 30, Heads: headGroup + 6, KVLora: 20, Nope: 10, Value: 7, Eps: 1e-6, Rope: rope},
		"odd dsa":  MLA{Hidden: 30, Heads: 37, QLora: 18, KVLora: 20, Nope: 10, Value: 7, Eps: 1e-6, Rope: rope, Indexer: Indexer{3, 8, 9}},
		"odd csa":  Compressed{Hidden: 30, Heads: 39, HeadDim: 22, QLora: 18, Groups: 3, OLora: 5, Window: 9, Ratio: 4, Eps: 1e-6, Rope: rope, Indexer: Indexer{3, 8, 3}},
		"wide hca": Compressed{Hidden: 30, Heads: 2*headGroup + 9, HeadDim: 22, QLora: 18, Groups: 1, OLora: 5, Window: 9, Ratio: 7, Eps: 1e-6, Rope: rope},
		"odd hca":  Compressed{Hidden: 30, Heads: 3, HeadDim: 22, QLora: 18, Groups: 1, OLora: 5, Window: 9, Ratio: 7, Eps: 1e-6, Rope: rope},
	}
}

// randomLayer fills a layer with weights that keep activations near 1.
func randomLayer(r *random, c Config, f Formats) (Weights, Layer) {
	w := c.NewWeights(heap, f)
	for _, p := range w.Matrices() {
		x := r.values(p.M.Rows*p.M.Cols, 1.7/math.Sqrt(float64(p.M.Cols)))
		if err := p.M.Pack(0, 1, kernels.FromFloats(x, p.M.Rows, p.M.Cols)); err != nil {
			panic(err)
		}
	}
	for _, v := range w.Vectors() {
		for i, x := range r.values(len(v.X), 0.3) {
			v.X[i] = v.Neutral + x
		}
	}
	return w, c.NewLayer(w)
}

var f32Formats = Formats{Proj: kernels.F32, Aux: kernels.F32}

// TestKindsCuts: for every kind and cache format a sequence gives the same
// outputs however it is cut, over the edges of windows, compressed rows and
// selection. Bits stay the same but where a ring wraps elsewhere, so that the sums of a
// softmax are grouped otherwise.
func TestKindsCuts(t *testing.T) {
	all := kinds()
	for name, c := range oddKinds() {
		all[name] = c
	}
	for name, c := range all {
		r := random(7)
		_, l := randomLayer(&r, c, f32Formats)
		const n = 90
		in := r.values(n*c.Width(), 1)
		one, two := NewScratch(kerneltest.Pool(t, 1)), NewScratch(kerneltest.Pool(t, 2))
		restore := func() {}
		if regroups(c) {
			restore = withoutPairs()
		}
		for _, f := range []CacheFormat{CacheF32, CacheBF16, CacheNative} {
			want := forward(t, c, l, one, in, f, []int{n})
			bound := 0.0
			if wraps(c) {
				bound = roundings(n, want)
			}
			rapid.Check(t, func(rt *rapid.T) {
				length := rapid.IntRange(1, n).Draw(rt, "length")
				var cuts []int
				for left := length; left > 0; {
					cut := rapid.IntRange(1, left).Draw(rt, "cut")
					cuts = append(cuts, cut)
					left -= cut
				}
				got := forward(t, c, l, two, in[:length*c.Width()], f, cuts)
				for i := range got {
					if d := math.Abs(float64(got[i] - want[i])); !(d <= bound) {
						rt.Fatalf("%s %s: cuts %v: row %d is off by %g, want at most %g", name, f, cuts, i/c.Width(), d, bound)
					}
				}
			})
		}
		restore()
	}
}

// roundings is what sums of so many terms may make of results x in f32: every term adds some
// 2^-24 of a result either way, as chance has it, so that terms of them add their square root as
// many. No result is off by six times that.
func roundings[F float32 | float64](terms int, x []F) float64 {
	size := max(float64(slices.Max(x)), -float64(slices.Min(x)))
	return 6 * math.Sqrt(float64(terms)) * 0x1p-24 * size
}

// wraps says whether cuts change where a ring wraps.
func wraps(c Config) bool {
	plain, _ := c.(GQA)
	_, compressed := c.(Compressed)
	return compressed || plain.Window > 0
}

// regroups says whether cuts change how rows are grouped: where a ring wraps, and where tokens
// that come together go by longer blocks of rows than one does.
func regroups(c Config) bool {
	_, plain := c.(GQA)
	_, compressed := c.(Compressed)
	return compressed || plain
}

// TestMany: many sequences at once, of several segments each, get the bits they get one by
// one, when segments are shared out.
func TestMany(t *testing.T) {
	const sequences, context = 40, 2500
	for _, name := range []string{"gqa", "mla", "hca"} {
		c, r := kinds()[name], random(5)
		_, l := randomLayer(&r, c, f32Formats)
		in := r.values(sequences*c.Width(), 1)
		var caches []Cache
		var rows []Row
		for i := range sequences {
			caches, rows = append(caches, c.NewCache(heap, CacheNative, context, 1)), append(rows, Row{Seq: i, Pos: context - 1 - i})
			caches[i].FillSynthetic(uint64(i), context-1-i)
		}
		s, got, want := NewScratch(kerneltest.Pool(t, 2)), make([]float32, len(in)), make([]float32, c.Width())
		l.Forward(s, got, in, caches, rows)
		for i := range rows {
			caches[i].SetLen(rows[i].Pos)
			l.Forward(s, want, in[i*c.Width():(i+1)*c.Width()], caches[i:i+1], []Row{{Pos: rows[i].Pos}})
			if !slices.Equal(got[i*c.Width():(i+1)*c.Width()], want) {
				t.Fatalf("%s: sequence %d gets other bits beside others", name, i)
			}
		}
	}
}

// TestAbsorbed: attention in latent space equals expanding every latent to keys
// and values of all heads, computed in float64.
func TestAbsorbed(t *testing.T) {
	for _, c := range []MLA{kinds()["mla"].(MLA), oddKinds()["odd mla"].(MLA), oddKinds()["wide mla"].(MLA)} {
		testAbsorbed(t, c)
	}
}

func testAbsorbed(t *testing.T, c MLA) {
	r := random(3)
	weights, l := randomLayer(&r, c, f32Formats)
	w := weights.(*mlaWeights)
	const n = 20
	in := r.values(n*c.Hidden, 1)
	got := forward(t, c, l, NewScratch(kerneltest.Pool(t, 2)), in, CacheF32, []int{n})
	want := expanded(c, w, in, n)
	bound := roundings(c.Hidden+c.Nope+c.KVLora+n+c.Heads*c.Value, want) // from sum to sum, as a row comes by
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= bound) {
			t.Fatalf("row %d element %d: %g, want %g +- %.2g", i/c.Hidden, i%c.Hidden, got[i], v, bound)
		}
	}
}

// product is W x in float64.
func product(m *kernels.Matrix, x []float64) []float64 {
	y, row := make([]float64, m.Rows), make([]float32, m.Cols)
	for r := range y {
		m.Row(r, row)
		for k, v := range row {
			y[r] += float64(v) * x[k]
		}
	}
	return y
}

// expanded is MLA as the paper first writes it: k = [W_k c, k_rope], v = W_v c.
func expanded(c MLA, w *mlaWeights, in []float32, n int) []float64 {
	qk := c.Nope + c.Rope.Dim
	var keys, values [][]float64 // [row] of all heads
	var out []float64
	for t := range n {
		x := make([]float64, c.Hidden)
		for i := range x {
			x[i] = float64(in[t*c.Hidden+i])
		}
		q, kv := product(w.Q, x), product(w.KVA, x)
		latent := kv[:c.KVLora]
		var square float64
		for _, v := range latent {
			square += v * v / float64(c.KVLora)
		}
		for i := range latent {
			latent[i] *= float64(w.KVNorm[i]) / math.Sqrt(square+float64(c.Eps))
		}
		referenceRope(c.Rope, kv[c.KVLora:], t)
		k, v := make([]float64, 0, c.Heads*qk), make([]float64, 0, c.Heads*c.Value)
		for h := range c.Heads {
			referenceRope(c.Rope, q[h*qk+c.Nope:(h+1)*qk], t)
			row := make([]float32, c.Nope)
			nope := make([]float64, c.Nope)
			for i := range c.KVLora { // KB is transposed
				w.KB[h].Row(i, row)
				for j, x := range row {
					nope[j] += float64(x) * latent[i]
				}
			}
			k = append(append(k, nope...), kv[c.KVLora:]...)
			v = append(v, product(w.VB[h], latent)...)
		}
		keys, values = append(keys, k), append(values, v)
		o := make([]float64, c.Heads*c.Value)
		for h := range c.Heads {
			var sum float64
			for s := range keys {
				var z float64
				for i := range qk {
					z += q[h*qk+i] * keys[s][h*qk+i]
				}
				p := math.Exp(z * float64(c.scale()))
				sum += p
				for i := range c.Value {
					o[h*c.Value+i] += p * values[s][h*c.Value+i]
				}
			}
			for i := range c.Value {
				o[h*c.Value+i] /= sum
			}
		}
		out = append(out, product(w.O, o)...)
	}
	return out
}

// TestSelectionOfAll: choosing as many rows as there are changes nothing, and
// choosing fewer does.
func TestSelectionOfAll(t *testing.T) {
	const n = 60
	for _, name := range []string{"dsa", "csa"} {
		run := func(topK int) []float32 {
			c := kinds()[name]
			switch x := c.(type) {
			case MLA:
				x.Indexer.TopK = topK
				c = x
			case Compressed:
				x.Indexer.TopK = topK
				c = x
			}
			r := random(5)
			_, l := randomLayer(&r, c, f32Formats)
			return forward(t, c, l, NewScratch(kerneltest.Pool(t, 2)), r.values(n*c.Width(), 1), CacheF32, []int{n})
		}
		visible := map[string]int{"dsa": n, "csa": n / 4}[name]
		all := run(visible)
		if !slices.Equal(run(1000), all) {
			t.Errorf("%s: a larger top-k than there are rows changes the output", name)
		}
		if slices.Equal(run(visible-1), all) {
			t.Errorf("%s: leaving a row out changes nothing", name)
		}
	}
}

// TestShift: a window layer knows distances only. Rows that see the same rows at
// other positions give the same output.
func TestShift(t *testing.T) {
	c := kinds()["window"].(Compressed)
	r := random(9)
	_, l := randomLayer(&r, c, f32Formats)
	const n = 40
	s := NewScratch(kerneltest.Pool(t, 1))
	in := r.values(n*c.Hidden, 1)
	plain := forward(t, c, l, s, in, CacheF32, []int{n})
	shifted := append(r.values(23*c.Hidden, 1), in...)
	later := forward(t, c, l, s, shifted, CacheF32, []int{n + 23})[23*c.Hidden:]
	bound := roundings(c.HeadDim+c.Window, plain) // scores of other angles, and their softmax
	for i := (c.Window - 1) * c.Hidden; i < len(plain); i++ {
		if d := math.Abs(float64(plain[i] - later[i])); !(d <= bound) {
			t.Fatalf("row %d: %g at position %d, %g at %d, want the same +- %.2g", i/c.Hidden, plain[i], i/c.Hidden, later[i], i/c.Hidden+23, bound)
		}
	}
}

// TestLedger: for every kind, format and context, parameters equal allocated
// elements, and MACs, weight bytes and cache bytes equal what kernels saw and
// what was allocated.
func TestLedger(t *testing.T) {
	for name, c := range kinds() {
		for _, cache := range []CacheFormat{CacheF32, CacheBF16, CacheNative} {
			for _, context := range []int{4, 8, 128, 512} {
				for _, f := range []kernels.Format{kernels.F32, kernels.FP8, kernels.MXFP4} {
					t.Run(fmt.Sprintf("%s/%s/cache=%s/ctx=%d", name, f, cache, context), func(t *testing.T) {
						testLedger(t, c, Formats{Proj: f, Aux: f, Cache: cache}, context)
					})
				}
			}
		}
	}
}

func testLedger(t *testing.T, c Config, f Formats, context int) {
	r := random(1)
	w := c.NewWeights(heap, f)
	var params int64
	for _, p := range w.Matrices() {
		params += int64(p.M.Rows) * int64(p.M.Cols)
		if p.M.Format != f.Proj {
			return // absorbed in another format: counted in TestLedger of that
		}
	}
	for _, v := range w.Vectors() {
		params += int64(len(v.X))
	}
	_, l := randomLayer(&r, c, f)
	cache := c.NewCache(heap, f.Cache, context, 1)
	cache.FillSynthetic(1, context-1)
	in, y := r.values(c.Width(), 1), make([]float32, c.Width())
	s := NewScratch(kerneltest.Pool(t, 1))
	got := count.Of(func() { l.Forward(s, y, in, []Cache{cache}, []Row{{Pos: context - 1}}) })

	lines := c.Ledger(f, ledger.Step{Tokens: 1, Context: context})
	total := lines.Total()
	if total.Params != params {
		t.Errorf("ledger has %d parameters, allocated are %d", total.Params, params)
	}
	if f.Proj == kernels.F32 { // other formats pad these small columns to whole blocks
		if total.MACs != got.MACs() {
			t.Errorf("ledger has %d MACs, kernels saw %d", total.MACs, got.MACs())
		}
	}
	if total.WeightBytes != got.WeightBytes() {
		t.Errorf("ledger has %d weight bytes, kernels saw %d", total.WeightBytes, got.WeightBytes())
	}
	if want := CacheBytes(c, f.Cache, context, 1); total.CacheStored != want {
		t.Errorf("ledger has %d cache bytes, allocated are %d", total.CacheStored, want)
	}
	if want := rowBytes(c, f.Cache, got); total.CacheRead != want {
		t.Errorf("ledger reads %d cache bytes, kernels %d", total.CacheRead, want)
	}
}

// rowBytes is the size of the cache rows kernels saw: every head sees every row.
func rowBytes(c Config, f CacheFormat, n count.Work) int64 {
	switch c := c.(type) {
	case GQA:
		return n.Rows * int64(c.KVHeads) / int64(c.Heads) * int64(2*c.HeadDim*f.plain().Bits()/8)
	case MLA:
		return n.Rows/int64(c.Heads)*int64(c.entry(f).Bytes()) + n.Scored*int64(rowSize(c.Indexer, f, mlaIndexFormat))
	case Compressed:
		return n.Rows/int64(c.Heads)*int64(c.entry(f).Bytes()) + n.Scored*int64(rowSize(c.Indexer, f, compressedIndexFormat))
	}
	panic("unknown kind")
}

func rowSize(x Indexer, f CacheFormat, native kernels.Format) int {
	if x == (Indexer{}) {
		return 0
	}
	return x.layout(f, native).Bytes()
}

// TestKindsNoAllocation: once scratch has grown, a step allocates nothing.
func TestKindsNoAllocation(t *testing.T) {
	for name, c := range kinds() {
		r := random(23)
		_, l := randomLayer(&r, c, f32Formats)
		s, cache := NewScratch(kerneltest.Pool(t, 2)), c.NewCache(heap, CacheNative, 1000, 1)
		in, y, caches, rows := r.values(c.Width(), 1), make([]float32, c.Width()), []Cache{cache}, []Row{{}}
		step := func() {
			rows[0].Pos = cache.Len()
			l.Forward(s, y, in, caches, rows)
		}
		for range 200 {
			step()
		}
		cache.SetLen(180)
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

// TestAttending: some of the time of a step, of every kind.
func TestAttending(t *testing.T) {
	for name, c := range kinds() {
		r := random(31)
		_, l := randomLayer(&r, c, f32Formats)
		s, cache := NewScratch(kerneltest.Pool(t, 2)), c.NewCache(heap, CacheNative, 10, 1)
		in, y := r.values(c.Width(), 1), make([]float32, c.Width())
		for i := range 3 {
			before, start := s.Attending(), time.Now()
			l.Forward(s, y, in, []Cache{cache}, []Row{{Pos: i}})
			if all, d := time.Since(start), s.Attending()-before; d <= 0 || d >= all {
				t.Errorf("%s: step %d attended for %s of %s", name, i, d, all)
			}
		}
	}
}

// TestKindsValidate: numbers that do not fit together are one clear line.
func TestKindsValidate(t *testing.T) {
	mla := func(f func(*MLA)) Config { c := kinds()["dsa"].(MLA); f(&c); return c }
	v4 := func(f func(*Compressed)) Config { c := kinds()["csa"].(Compressed); f(&c); return c }
	for name, c := range kinds() {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, c := range []Config{
		mla(func(c *MLA) { c.KVLora = 0 }), mla(func(c *MLA) { c.Rope.Dim = 7 }), mla(func(c *MLA) { c.QLora = 0 }),
		mla(func(c *MLA) { c.Indexer.Dim = 24 }), mla(func(c *MLA) { c.Indexer.TopK = 0 }), mla(func(c *MLA) { c.Indexer.Dim = 8 }),
		v4(func(c *Compressed) { c.QLora = 0 }), v4(func(c *Compressed) { c.Rope.Dim = 80 }), v4(func(c *Compressed) { c.Groups = 3 }),
		v4(func(c *Compressed) { c.Ratio = 17 }), v4(func(c *Compressed) { c.Ratio = 0 }), v4(func(c *Compressed) { c.Indexer.Heads = 0 }),
	} {
		if c.Validate() == nil {
			t.Errorf("case %d is taken: %+v", i, c)
		}
	}
}

// relative is the root mean square of got-want over that of want.
func relative(got, want []float32) float64 {
	var d, n float64
	for i := range want {
		d += float64(got[i]-want[i]) * float64(got[i]-want[i])
		n += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(d / n)
}

// TestIngredients: what each part of native storage costs one layer. e4m3 values
// are off by up to 2^-4 of themselves and by 2^-4 / sqrt(3) / 1.4 = 2.6 % in the
// root mean square; an output mixes many of them, which averages values but also
// moves weights by the error of a score: between 0.2 % and 2 x 2.6 %. Rotated keys
// are BF16, 2^-8. FP4 keys (steps of a quarter near the top) move scores by
// several percent, which exchanges rows near the bar: most of the choice stays.
func TestIngredients(t *testing.T) {
	const n = 300
	run := func(c Config, f CacheFormat) []float32 {
		r := random(31)
		_, l := randomLayer(&r, c, f32Formats)
		return forward(t, c, l, NewScratch(kerneltest.Pool(t, 2)), r.values(n*c.Width(), 1), f, []int{n})
	}
	csa := kinds()["csa"].(Compressed)
	csa.Indexer.TopK = 1000 // all: rows alone
	dsa := kinds()["dsa"].(MLA)
	dsa.Indexer.TopK = 1000
	for name, c := range map[string]Config{"window": kinds()["window"], "hca": kinds()["hca"], "csa": csa, "dsa": dsa} {
		exact := run(c, CacheF32)
		if e := relative(run(c, CacheNative), exact); !(e > 0.002 && e < 0.052) {
			t.Errorf("%s: FP8 rows are off by %.2g, want 0.002 to 0.052", name, e)
		}
		if e := relative(run(c, CacheBF16), exact); !(e > 0 && e < 0.005) {
			t.Errorf("%s: BF16 rows are off by %.2g, want at most 0.005", name, e)
		}
	}
	for _, name := range []string{"csa", "dsa"} {
		if kept := keptChoice(t, kinds()[name], n); !(kept > 0.6 && kept < 1) {
			t.Errorf("%s: %.0f %% of the choice stays with native keys, want 60 %% to 99 %%", name, 100*kept)
		}
	}
}

// keptChoice is the share of the rows an indexer chooses with f32 keys that it also
// chooses with native ones.
func keptChoice(t *testing.T, c Config, n int) float64 {
	choose := func(f CacheFormat) []int32 {
		r := random(31)
		_, l := randomLayer(&r, c, f32Formats)
		s := NewScratch(kerneltest.Pool(t, 2))
		forward(t, c, l, s, r.values(n*c.Width(), 1), f, []int{n})
		return slices.Clone(s.index.ids)
	}
	a, b := choose(CacheF32), choose(CacheNative)
	k, kept := 0, 0
	switch c := c.(type) {
	case MLA:
		k = c.Indexer.TopK
	case Compressed:
		k = c.Indexer.TopK
	}
	for at := 0; at < len(a); at += k {
		for _, id := range a[at : at+k] {
			if slices.Contains(b[at:at+k], id) {
				kept++
			}
		}
	}
	return float64(kept) / float64(len(a))
}

// TestVerify: right kernels pass, and one that forgets its last row does not.
func TestVerify(t *testing.T) {
	for name, c := range kinds() {
		for _, f := range []CacheFormat{CacheF32, CacheBF16, CacheNative} {
			if err := c.Verify(f); err != nil {
				t.Errorf("%s %s: %v", name, f, err)
			}
		}
		_, mix := attend.KernelSets(kernels.F32)
		real := mix.Best()
		restore := mix.Force(func(out, p []float32, v []byte, dim, g, n, stride int, next []byte) {
			real(out, p, v, dim, g, n-1, stride, next)
		})
		if c.Verify(CacheF32) == nil {
			t.Errorf("%s: a wrong sum passes", name)
		}
		restore()
	}
	floats, pairs, fp4 := index.KernelSets()
	score, scorePairs, scoreFP4 := floats.Best(), pairs.Best(), fp4.Best()
	defer floats.Force(func(s, tile, q, w []float32) { score(s, tile, q, w[:len(w)-index.HeadTile]) })()
	defer pairs.Force(func(s []float32, tile, q []uint32, w []float32) {
		scorePairs(s, tile, q, w)
		s[0]++
	})()
	defer fp4.Force(func(s []float32, tile []byte, dim int, codes []byte, scales, w []float32) {
		scoreFP4(s, tile, dim, codes, scales, w)
		s[0]++
	})()
	for _, name := range []string{"csa", "dsa"} {
		if kinds()[name].Verify(CacheNative) == nil {
			t.Errorf("%s: wrong scores pass", name)
		}
	}
}
