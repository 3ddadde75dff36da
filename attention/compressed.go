package attention

import (
	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
)

// compressedCache holds a ring of the last tokens, the compressed rows, the
// indexer's keys, and what the compressors remember of the windows under way.
type compressedCache struct {
	format            CacheFormat
	len               int
	window            store
	entries, keys     store // no rows where there are none
	state, indexState compressorState
}

// NewCache implements Config.
func (c Compressed) NewCache(alloc Alloc, f CacheFormat, capacity, maxRows int) Cache {
	cache := &compressedCache{format: f, window: newStore(alloc, c.entry(f), ringRows(c.Window, capacity, maxRows))}
	if c.Ratio > 0 {
		cache.entries = newStore(alloc, c.entry(f), capacity/c.Ratio)
		cache.state = newCompressorState(alloc, c.compressor(c.HeadDim))
	}
	if c.Indexer != (Indexer{}) {
		cache.keys = newStore(alloc, c.Indexer.layout(f, compressedIndexFormat), capacity/c.Ratio)
		cache.indexState = newCompressorState(alloc, c.compressor(c.Indexer.Dim))
	}
	return cache
}

func (c *compressedCache) Len() int     { return c.len }
func (c *compressedCache) SetLen(n int) { c.len = n }

func (c *compressedCache) FillSynthetic(seed uint64, n int) {
	for i, s := range []*store{&c.window, &c.entries, &c.keys} {
		s.fill(kernels.Mix(seed + uint64(i)))
	}
	for i, x := range [][]float32{c.state.c, c.state.g, c.indexState.c, c.indexState.g} {
		fillRows(kernels.FloatBytes(x), kernels.PlainRow(kernels.F32, 2), kernels.Mix(seed-uint64(i)-1))
	}
	c.len = n
}

type compressedLayer struct {
	config          Compressed
	w               *compressedWeights
	rope            *vec.RopeTable
	compress, index *compressor // nil where there are none
}

// NewLayer joins a config and its weights.
func (c Compressed) NewLayer(weights Weights) Layer {
	w := weights.(*compressedWeights)
	l := &compressedLayer{config: c, w: w, rope: vec.NewRopeTable(c.Rope)}
	if w.Compress != nil {
		l.compress = w.Compress.join(l.rope)
	}
	if w.IndexCompress != nil {
		l.index = w.IndexCompress.join(l.rope)
	}
	return l
}

// compressedScratch is the working memory of Compressed.
type compressedScratch struct {
	qa, kv         []float32 // [T][QLora], [T][HeadDim]
	q              []float32 // [T][Heads][HeadDim], then outputs: projected, or where rows are met
	projected      []float32
	values, logits [2][]float32 // of the compressor and the indexer's: [T][width]
	indexQ         []float32    // [T][heads][dim]
	z              []float32    // [T][Groups*OLora]
	row, pool      []float32    // a new row, and scratch of making it
	angles         []float32    // of all rows: [T][Rope.Dim]
	groups         []matmul.Input
}

// Forward implements Layer (V4 technical report, section 2; see the package
// documentation for the formulas).
func (l *compressedLayer) Forward(s *Scratch, y, x []float32, caches []Cache, rows []Row) {
	c, w, t, m := l.config, l.w, len(rows), &s.compressed
	dim := attend.Pad16(c.HeadDim-c.Rope.Dim) + attend.Pad16(c.Rope.Dim)
	s.latent.begin(t, c.Heads, dim, dim, [3]int{c.Heads, c.HeadDim, c.Rope.Dim})
	s.index.begin(c.Indexer, t)
	if s.latent.stride() == c.Heads*c.HeadDim { // no padding: all in one place
		m.q, s.latent.o = s.latent.q.x, s.latent.q.x
	} else {
		m.projected = kernels.Grow(m.projected, t*c.Heads*c.HeadDim)
		m.q = m.projected
	}
	l.project(s, x, t)
	s.prepare(l, c.Rope.Dim, rows, caches)
	for i, r := range rows {
		l.place(s, i, r, caches[r.Seq].(*compressedCache))
	}
	l.choose(s, caches, rows)
	s.latent.sinks, s.latent.back = w.Sinks, l.turnBack(m, rows)
	s.latent.run()

	width, z := c.Heads/c.Groups*c.HeadDim, c.Groups*c.OLora
	m.groups, m.z = kernels.Grow(m.groups, c.Groups), kernels.Grow(m.z, t*z)
	for g, oa := range w.OA {
		in := &m.groups[g]
		in.Reset(m.q[g*width:], c.Heads*c.HeadDim, width, nil, t)
		s.region.Set(in, oa.Format)
		s.region.Add(matmul.Job{W: oa, X: in, Y: m.z[g*c.OLora:], Stride: z})
	}
	s.region.Run()
	s.multiply(w.OB, m.z, y, t)
}

// project computes queries, the token's row, and the inputs of compressors and
// indexer.
func (l *compressedLayer) project(s *Scratch, x []float32, t int) {
	c, w, m := l.config, l.w, &s.compressed
	s.angles = kernels.Grow(s.angles, c.Rope.Dim)
	m.qa, m.kv = kernels.Grow(m.qa, t*c.QLora), kernels.Grow(m.kv, t*c.HeadDim)
	s.input.Reset(x, c.Hidden, c.Hidden, nil, t)
	s.add(w.QA, &s.input, m.qa)
	s.add(w.KV, &s.input, m.kv)
	for i, cw := range []*compressorWeights{w.Compress, w.IndexCompress} {
		if cw != nil {
			m.values[i], m.logits[i] = kernels.Grow(m.values[i], t*cw.KV.Rows), kernels.Grow(m.logits[i], t*cw.KV.Rows)
			s.add(cw.KV, &s.input, m.values[i])
			s.add(cw.Gate, &s.input, m.logits[i])
		}
	}
	if w.IndexW != nil {
		m.indexQ = kernels.Grow(m.indexQ, t*w.IndexQ.Rows)
		s.addStrided(w.IndexW, &s.input, s.index.w.x, c.Indexer.padHeads())
	}
	s.region.Run()
	s.expand(m.qa, w.QNorm, c.Eps, t, expansion{w.QB, m.q}, expansion{w.IndexQ, m.indexQ})
}

func (l *compressedLayer) queryHeads() int { return l.config.Heads + l.config.Indexer.Heads + 1 }

// prepare implements queryLayer: queries are normed, rotated and scaled; behind them stands
// the row of the window, which is normed, rotated and stored.
func (l *compressedLayer) prepare(s *Scratch, w *queryWorker, i int, r Row, cache Cache, from, to int) {
	c, m := l.config, &s.compressed
	nope := c.HeadDim - c.Rope.Dim
	l.rope.Angles(w.angles, r.Pos)
	for h := from; h < min(to, c.Heads); h++ {
		q := m.q[(i*c.Heads+h)*c.HeadDim:][:c.HeadDim]
		vec.RMSNorm(q, q, nil, c.Eps)
		l.rope.Rotate(q[nope:], w.angles, false)
		vec.Scale(q, c.scale())
		at := s.latent.at(i, h)
		copy(s.latent.q.x[at:], q[:nope])
		copy(s.latent.q.x[at+attend.Pad16(nope):], q[nope:])
	}
	for h := max(from, c.Heads); h < min(to, c.Heads+c.Indexer.Heads); h++ {
		q := s.index.take(i, h-c.Heads, m.indexQ)
		l.rope.Rotate(q[len(q)-c.Rope.Dim:], w.angles, false)
		hadamard(q, cache.(*compressedCache).format)
	}
	if to == l.queryHeads() {
		kv, window := m.kv[i*c.HeadDim:][:c.HeadDim], &cache.(*compressedCache).window
		vec.RMSNorm(kv, kv, l.w.KVNorm, c.Eps)
		l.rope.Rotate(kv[nope:], w.angles, false)
		window.put(r.Pos%window.rows, kv)
	}
}

// place gives row i to the compressors, and appends the rows they complete.
func (l *compressedLayer) place(s *Scratch, i int, r Row, cache *compressedCache) {
	c, m := l.config, &s.compressed
	checkPosition(cache, i, r)
	if l.index != nil {
		s.index.scaleWeights(i)
	}
	if l.compress != nil && l.compressRow(s, l.compress, 0, i, r.Pos, cache.state) {
		cache.entries.put(r.Pos/c.Ratio, m.row)
	}
	if l.index != nil && l.compressRow(s, l.index, 1, i, r.Pos, cache.indexState) {
		hadamard(m.row, cache.format)
		cache.keys.put(r.Pos/c.Ratio, m.row)
	}
	cache.len++
}

// compressRow gives row i to a compressor, and says whether it completed a row:
// then that is in the scratch, and the scratch's angles are overwritten.
func (l *compressedLayer) compressRow(s *Scratch, c *compressor, which, i, pos int, state compressorState) bool {
	m, width := &s.compressed, c.width()
	m.row = kernels.Grow(m.row, c.dim)
	return c.push(state, &m.pool, m.row, pos, m.values[which][i*width:][:width], m.logits[which][i*width:][:width], s.angles)
}

// visible is the number of compressed rows a query at pos sees: those whose
// tokens, its own included, are all there.
func (c Compressed) visible(pos int) int {
	if c.Ratio == 0 {
		return 0
	}
	return (pos + 1) / c.Ratio
}

// choose says what every query row sees: the window, and compressed rows.
func (l *compressedLayer) choose(s *Scratch, caches []Cache, rows []Row) {
	c := l.config
	sparse := func(r Row) bool { return c.Indexer != (Indexer{}) && c.visible(r.Pos) > c.Indexer.TopK }
	for i, r := range rows {
		if sparse(r) {
			s.index.want(i, &caches[r.Seq].(*compressedCache).keys, c.visible(r.Pos))
		}
	}
	chosen := s.index.run()
	for _, r := range rows {
		cache := caches[r.Seq].(*compressedCache)
		s.latent.row()
		for from, to := max(0, r.Pos+1-c.Window), r.Pos+1; from < to; {
			at := from % cache.window.rows
			n := min(to-from, cache.window.rows-at) // up to where the ring wraps
			s.latent.sees(view{rows: &cache.window.Latents, first: at, n: n})
			from += n
		}
		v := view{rows: &cache.entries.Latents, n: c.visible(r.Pos)}
		if sparse(r) {
			v.ids, v.n, chosen = chosen[0].ids, c.Indexer.TopK, chosen[1:]
		}
		s.latent.sees(v)
	}
}

// turnBack has the outputs of rows put where the queries were.
func (l *compressedLayer) turnBack(m *compressedScratch, rows []Row) turnBack {
	n := l.config.Rope.Dim
	m.angles = kernels.Grow(m.angles, len(rows)*n)
	for i, r := range rows {
		l.rope.Angles(m.angles[i*n:(i+1)*n], r.Pos)
	}
	return turnBack{l.rope, l.config.HeadDim - n, m.angles, m.q}
}
