package bench

import (
	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/index"
	"moebench/kernels/vec"
	"moebench/ledger"
	"moebench/model"
)

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

// attending is what an attention sublayer does with cached rows, between its projections: tokens
// of one sequence after n cached ones.
func attending(c attention.Config, n, tokens int, limit Limit) func(*hw.Pool) (*KernelWork, error) {
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
