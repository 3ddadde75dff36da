package bench

import (
	"fmt"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/kernels/topk"
	"moebench/kernels/vec"
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
		add(fmt.Sprintf("attend/rows=v4/heads=64/n=%d", n), FloatPeak, 0.80, attending(latentV4(64, n), n, 1, FloatPeak))
	}
	for _, heads := range []int{64, 128} {
		add(fmt.Sprintf("attend/rows=v3.2/heads=%d/n=4096", heads), FloatPeak, 0.80, attending(latentV32(heads, 4096), 4096, 1, FloatPeak))
	}
	gqa := attention.GQA{Hidden: attendHidden, Heads: 32, KVHeads: 4, HeadDim: 128, Rope: vec.RopeConfig{Theta: 10000, Dim: 128}}
	add("attend/rows=gqa-bf16/heads=32/n=32768", MemoryWall, 0.90, attending(gqa, 32768, 1, MemoryWall))
	add("attend/rows=v4/heads=64/n=4096/tokens=32", FloatPeak, 0.75, attending(latentV4(64, 8192), 4096, 32, FloatPeak))
	add("attend/rows=gqa-bf16/heads=32/n=4096/tokens=128", FloatPeak, 0.75, attending(gqa, 4096, 128, FloatPeak))
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
	in.Reset(ramp(tokens*m.Cols), m.Cols, m.Cols, nil, tokens)
	in.Set(f)
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
		in.Reset(ramp(tokens*cols), cols, cols, nil, tokens)
		in.Set(f)
		y, region := kernels.Grow[float32](nil, tokens*rows), matmul.NewRegion(pool)
		return &KernelWork{InCache: fromCache(pool, w, limit), Tile: tile(f), Close: func() { m.Close() }, Step: func() float64 {
			region.Add(matmul.Job{W: w, X: &in, Y: y, Stride: rows})
			region.Run()
			return 2 * tokens * rows * cols
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
