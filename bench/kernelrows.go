package bench

import (
	"fmt"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/index"
	"moebench/kernels/matmul"
	"moebench/kernels/topk"
	"moebench/kernels/vec"
	"moebench/ledger"
	"moebench/model"
	"moebench/moe"
)

// elsewhere is the best that other engines reached at the same work in November 2026, with two
// threads on a virtual machine of an Intel Emerald Rapids (A) or an AMD Zen 4 (B): % of that
// machine's limit of the same kind, or ns; about, where memory was too unsteady to say. The
// drivers are not part of this repository.
var elsewhere = map[string]string{
	"routed-ffn/model=v4-flash/format=mxfp4/tokens=1":   "about 90 ik_llama.cpp B",
	"routed-ffn/model=v4-flash/format=int8/tokens=1":    "about 100 ik_llama.cpp B",
	"routed-ffn/model=v4-flash/format=bf16/tokens=1":    "83 ik_llama.cpp A",
	"routed-ffn/model=v4-flash/format=mxfp4/tokens=512": "43 ik_llama.cpp B",
	"routed-ffn/model=v4-flash/format=int8/tokens=512":  "40 ik_llama.cpp B",
	"routed-ffn/model=v4-flash/format=bf16/tokens=512":  "65 ik_llama.cpp B",
	"gemm/format=int8/size=512x4096x2048":               "44 ik_llama.cpp B",
	"gemm/format=bf16/size=512x4096x2048":               "97 ik_llama.cpp B",
	"attend/rows=v4/heads=64/n=4096":                    "51 ik_llama.cpp B",
	"attend/rows=v4/heads=64/n=65536":                   "49 ik_llama.cpp A",
	"attend/rows=v3.2/heads=64/n=4096":                  "50 ik_llama.cpp A",
	"index/rows=fp8/heads=64/n=65536":                   "20 ggml A",
	"topk/k=512/n=262144/threads=1":                     "550000 ggml A",
	"router/model=v4-flash/threads=1":                   "480 ik_llama.cpp B",
}

// KernelRows are the hot kernels at the sizes of full-size models.
func KernelRows() []KernelRow {
	var rows []KernelRow
	add := func(name string, l Limit, target float64, open func(pool *hw.Pool) (*KernelWork, error)) {
		rows = append(rows, KernelRow{name, l, target, elsewhere[name], open})
	}
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.FP8, kernels.INT8, kernels.BF16} {
		for _, tokens := range []int{1, 2, 4, 8} {
			target := 0.90
			if tokens == 1 {
				target = 0.95
			}
			add(fmt.Sprintf("routed-ffn/model=v4-flash/format=%s/tokens=%d", f, tokens), MemoryWall, target, routedFFN(f, tokens, MemoryWall))
		}
	}
	for _, p := range []struct {
		f      kernels.Format
		tokens int
		limit  Limit
		target float64
	}{
		{kernels.MXFP4, 512, Int8Peak, 0.62}, {kernels.MXFP4, 2048, Int8Peak, 0.70}, {kernels.INT8, 512, Int8Peak, 0.62},
		{kernels.BF16, 512, FloatPeak, 0.80}, {kernels.FP8, 512, FloatPeak, 0.85},
	} {
		add(fmt.Sprintf("routed-ffn/model=v4-flash/format=%s/tokens=%d", p.f, p.tokens), p.limit, p.target, routedFFN(p.f, p.tokens, p.limit))
	}
	add("gemm/format=int8/size=512x4096x2048", Int8Peak, 0.68, denseGEMM(kernels.INT8, Int8Peak))
	add("gemm/format=bf16/size=512x4096x2048", FloatPeak, 0.94, denseGEMM(kernels.BF16, FloatPeak))
	for _, n := range []int{4096, 65536} {
		add(fmt.Sprintf("attend/rows=v4/heads=64/n=%d", n), FloatPeak, 0.80, attend(latentV4(64, n), n, 1, FloatPeak))
	}
	for _, heads := range []int{64, 128} {
		add(fmt.Sprintf("attend/rows=v3.2/heads=%d/n=4096", heads), FloatPeak, 0.80, attend(latentV32(heads, 4096), 4096, 1, FloatPeak))
	}
	gqa := attention.GQA{Hidden: attendHidden, Heads: 32, KVHeads: 4, HeadDim: 128, Rope: vec.RopeConfig{Theta: 10000, Dim: 128}}
	add("attend/rows=gqa-bf16/heads=32/n=32768", MemoryWall, 0.90, attend(gqa, 32768, 1, MemoryWall))
	add("attend/rows=v4/heads=64/n=4096/tokens=32", FloatPeak, 0.75, attend(latentV4(64, 8192), 4096, 32, FloatPeak))
	add("attend/rows=gqa-bf16/heads=32/n=4096/tokens=128", FloatPeak, 0.75, attend(gqa, 4096, 128, FloatPeak))
	add("index/rows=mxfp4/heads=64/n=65536", Int8Peak, 0.60, indexer(kernels.MXFP4))
	add("index/rows=fp8/heads=64/n=65536", FloatPeak, 0.75, indexer(kernels.FP8))
	add("topk/k=512/n=262144/threads=1", Latency, 0.06e6, selection(512, 262144))
	add("topk/k=2048/n=1048576/threads=1", Latency, 0.3e6, selection(2048, 1<<20))
	add("router/model=v4-flash/threads=1", Latency, 200, router(v4FlashFFN))
	return rows
}

// routedFFN is the feed-forward sublayer of V4-Flash, all experts in memory.
func routedFFN(f kernels.Format, tokens int, limit Limit) func(*hw.Pool) (*KernelWork, error) {
	return func(pool *hw.Pool) (*KernelWork, error) {
		r, err := newRoutedLayer(pool, v4FlashFFN, f, tokens)
		if err != nil {
			return nil, err
		}
		c := r.Config
		flop := 2 * float64(tokens) * float64(c.Hidden) * float64(3*c.Router.TopK*c.Inter+c.Experts)
		intensity := flop / float64(r.bytes(min(tokens*c.Router.TopK, c.Experts)))
		if limit == MemoryWall {
			intensity = 0 // few tokens: arithmetic is far away
		}
		return &KernelWork{Memory: r.Memory(), Intensity: intensity, Loads: matmul.Loads(f, c.Hidden), Tile: tile(f), InCache: fromCache(pool, r.layer.Weights.Experts[0].Down, limit), Close: r.Close, Step: func() float64 {
			if bytes := r.Step(); limit == MemoryWall {
				return float64(bytes)
			}
			return flop
		}}, nil
	}
}

// tile is the arithmetic of the kernels in use for a format of floats: those of attention
// and the indexer multiply as those of matrices do.
func tile(f kernels.Format) string {
	if matmul.Activation(f) == kernels.ActBF16 {
		return "bf16"
	}
	return "f32"
}

// fromCache multiplies the first panels of a matrix, as many as half a second-level cache
// holds, again and again: what a kernel does when it need not wait for memory. Where that
// is the limit with one row, counted in bytes, else with a whole tile of rows.
func fromCache(pool *hw.Pool, m *kernels.Matrix, limit Limit) func() float64 {
	const times = 64 // in one region, whose start then costs little
	tokens := matmul.TileTokens
	if limit == MemoryWall {
		tokens = 1
	}
	f := m.Format
	panels := min(max(hw.Caches().L2/2/m.PanelBytes()&^1, 2), m.Panels())
	small := m.Part(0, panels)
	work := times * float64(small.Bytes())
	if limit != MemoryWall {
		work = 2 * times * float64(tokens) * float64(small.Rows) * float64(small.Cols)
	}
	var in matmul.Input
	in.Set(ramp(tokens*m.Cols), m.Cols, m.Cols, nil, tokens, f)
	y, region := make([]float32, times*tokens*small.Rows), matmul.NewRegion(pool)
	return func() float64 {
		for i := range times {
			region.Add(matmul.Job{W: small, X: &in, Y: y[i*tokens*small.Rows:], Stride: small.Rows})
		}
		region.Run()
		return work
	}
}

// denseGEMM is one matrix times 512 rows, which are converted before: the product alone is
// timed, where a routed FFN converts its rows too.
func denseGEMM(f kernels.Format, limit Limit) func(*hw.Pool) (*KernelWork, error) {
	return func(pool *hw.Pool) (*KernelWork, error) {
		const tokens, rows, cols = 512, 4096, 2048
		m, err := model.SyntheticFFN(moe.Config{Hidden: rows, Inter: cols}, f, 1, pool)
		if err != nil {
			return nil, err
		}
		w := m.Layers[0].FFN.Experts[0].Down
		if err := matmul.Verify(w, matmul.TileTokens); err != nil {
			m.Close()
			return nil, &WrongResult{err}
		}
		var in matmul.Input
		in.Set(ramp(tokens*cols), cols, cols, nil, tokens, f)
		y, region := kernels.Grow[float32](nil, tokens*rows), matmul.NewRegion(pool)
		return &KernelWork{InCache: fromCache(pool, w, limit), Tile: tile(f), Close: func() { m.Close() }, Step: func() float64 {
			region.Add(matmul.Job{W: w, X: &in, Y: y, Stride: rows})
			region.Run()
			return 2 * tokens * rows * cols
		}}, nil
	}
}

// attendHidden and attendRank keep projections, which are not timed, small: what they touch
// is out of the caches of attention.
const attendHidden, attendRank = 128, 16

// latentV4 is attention over n rows of DeepSeek V4: 584 bytes, key and value of
// all heads.
func latentV4(heads, n int) attention.Compressed {
	return attention.Compressed{Hidden: attendHidden, Heads: heads, HeadDim: 512, QLora: attendRank, Groups: 8, OLora: attendRank, Window: n, Eps: 1e-6,
		Rope: vec.RopeConfig{Theta: 10000, Dim: 64, Interleaved: true}}
}

// latentV32 is attention over n rows of DeepSeek V3.2: 656 bytes, none left out.
func latentV32(heads, n int) attention.MLA {
	return attention.MLA{Hidden: attendHidden, Heads: heads, QLora: attendRank, KVLora: 512, Nope: attendRank, Value: attendRank, Eps: 1e-6,
		Rope: vec.RopeConfig{Theta: 10000, Dim: 64, Interleaved: true}, Indexer: attention.Indexer{Heads: 4, Dim: 128, TopK: n + 1}}
}

// attend is what an attention sublayer does with cached rows, between its projections: tokens
// of one sequence after n cached ones.
func attend(c attention.Config, n, tokens int, limit Limit) func(*hw.Pool) (*KernelWork, error) {
	return func(pool *hw.Pool) (*KernelWork, error) {
		if err := c.Verify(attention.CacheNative); err != nil {
			return nil, &WrongResult{err}
		}
		m, err := model.SyntheticAttention(c, kernels.BF16, 1, pool)
		if err != nil {
			return nil, err
		}
		size := attention.CacheBytes(c, attention.CacheNative, n+tokens, tokens) + 1<<12
		caches := make([]attention.Cache, 1)
		if limit == MemoryWall { // as many as no last-level cache holds
			caches = make([]attention.Cache, 1+MinCycle()/size)
		}
		arena, err := hw.NewArena(int64(len(caches)) * size)
		if err != nil {
			m.Close()
			return nil, err
		}
		for i := range caches {
			caches[i] = c.NewCache(arena.Alloc, attention.CacheNative, n+tokens, tokens)
			caches[i].FillSynthetic(uint64(i), n)
		}
		at := 0
		layer, scratch := c.NewLayer(m.Layers[0].Attention), attention.NewScratch(pool)
		x, y, rows := ramp(tokens*attendHidden), make([]float32, tokens*attendHidden), make([]attention.Row, tokens)
		for i := range rows {
			rows[i].Pos = n + i
		}
		total := cacheWork(c, ledger.Step{Tokens: tokens, Context: n + (tokens+1)/2})
		work, intensity := float64(total.FLOP()), 0.0
		if limit == MemoryWall {
			work, intensity = float64(total.CacheRead), float64(total.FLOP())/float64(total.CacheRead)
		}
		return &KernelWork{Memory: arena.Bytes(), Tile: tile(kernels.BF16), Intensity: intensity, Close: func() { m.Close(); arena.Free() }, Spent: scratch.Attending, Step: func() float64 {
			at = (at + 1) % len(caches)
			caches[at].SetLen(n)
			layer.Forward(scratch, y, x, caches[at:at+1], rows)
			return work
		}}, nil
	}
}

// cacheWork is what attention does with cached rows.
func cacheWork(c attention.Config, s ledger.Step) ledger.Line {
	f := model.UniformFormats(kernels.BF16).AttentionFormats(attention.CacheNative)
	return c.Ledger(f, s).By(func(l ledger.Line) string { return string(l.Kind) }).Only(string(ledger.Cache))
}

// indexer scores 65,536 rows of 128 with 64 heads.
func indexer(f kernels.Format) func(*hw.Pool) (*KernelWork, error) {
	return func(pool *hw.Pool) (*KernelWork, error) {
		const heads, dim, n, chunk = 64, 128, 65536, 2048
		layout := index.Layout(f, dim)
		if err := index.Verify(layout, heads); err != nil {
			return nil, &WrongResult{err}
		}
		size, x := layout.Bytes(), ramp(dim)
		rows := make([]byte, n*size)
		for j := range n {
			x[j%dim] += 0.25
			layout.Encode(rows[j*size:], x)
		}
		q, w, dst := ramp(heads*dim), ramp(heads), make([]float32, n)
		scratch := make([]index.Scratch, pool.Size())
		task := func(worker, i int) {
			scratch[worker].Scores(dst[i*chunk:(i+1)*chunk], rows[i*chunk*size:(i+1)*chunk*size])
		}
		return &KernelWork{Tile: tile(f), Close: func() {}, Step: func() float64 {
			for i := range scratch {
				scratch[i].Begin(layout, q, w)
			}
			pool.Run(n/chunk, task)
			return 2 * heads * dim * n
		}}, nil
	}
}

// selection chooses the k best of n scores, other ones each time.
func selection(k, n int) func(*hw.Pool) (*KernelWork, error) {
	return func(*hw.Pool) (*KernelWork, error) {
		const shifts = 64
		scores, ids, s, at := noise(n+shifts), make([]int32, k), &topk.Selector{}, 0
		return &KernelWork{Close: func() {}, Step: func() float64 {
			at = (at + 1) % shifts
			s.Select(ids, scores[at:at+n])
			return 1
		}}, nil
	}
}

// router goes from logits to the weights of the chosen experts.
func router(c moe.Config) func(*hw.Pool) (*KernelWork, error) {
	return func(*hw.Pool) (*KernelWork, error) {
		const tokens = 64
		all, logits, choice := noise(tokens*c.Experts), make([]float32, c.Experts), make([]float32, c.Experts)
		ids, weights := make([]int32, c.Router.TopK), make([]float32, c.Router.TopK)
		var bias []float32
		if c.Router.SelectionBias {
			bias = make([]float32, c.Experts)
		}
		return &KernelWork{Close: func() {}, Step: func() float64 {
			for i := range tokens {
				copy(logits, all[i*c.Experts:])
				c.Router.Route(ids, weights, logits, choice, bias, nil)
			}
			return tokens
		}}, nil
	}
}

// ramp is n values from -1 to 1.
func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i%17)/8 - 1
	}
	return x
}

// noise is n random values from -1 to 1.
func noise(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(kernels.Mix(uint64(i))>>40)/(1<<23) - 1
	}
	return x
}
