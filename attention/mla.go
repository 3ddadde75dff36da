package attention

import (
	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
)

// mlaCache holds latents and rotated keys, and the indexer's keys.
type mlaCache struct {
	format  CacheFormat
	len     int
	entries store
	keys    store // no rows without an indexer
}

// NewCache implements Config.
func (c MLA) NewCache(alloc Alloc, f CacheFormat, capacity, _ int) Cache {
	cache := &mlaCache{format: f, entries: newStore(alloc, c.entry(f), capacity)}
	if c.Indexer != (Indexer{}) {
		cache.keys = newStore(alloc, c.Indexer.layout(f, mlaIndexFormat), capacity)
	}
	return cache
}

func (c *mlaCache) Len() int     { return c.len }
func (c *mlaCache) SetLen(n int) { c.len = n }

func (c *mlaCache) FillSynthetic(seed uint64, n int) {
	c.entries.fill(seed)
	c.keys.fill(kernels.Mix(seed))
	c.len = n
}

type mlaLayer struct {
	config MLA
	w      *mlaWeights
	rope   *vec.RopeTable
	index  *vec.RopeTable // of the indexer: half-split
}

// NewLayer joins a config and its weights.
func (c MLA) NewLayer(w Weights) Layer {
	split := c.Rope
	split.Interleaved = false
	return &mlaLayer{c, w.(*mlaWeights), vec.NewRopeTable(c.Rope), vec.NewRopeTable(split)}
}

// mlaScratch is the working memory of MLA.
type mlaScratch struct {
	qa, q, kv      []float32 // [T][QLora], [T][Heads][Nope+Rope], [T][KVLora+Rope]
	indexK, indexQ []float32 // [T][dim], [T][heads][dim]
	o              []float32 // [T][Heads][Value]
	heads          []matmul.Input
}

// Forward implements Layer, in absorbed form (DeepSeek-V2, section 2.1.2): scores
// are taken in latent space, with
//
//	qL[h] = KB[h] q_nope[h];  z[h][s] = (qL[h] . c[s] + q_rope[h] . k_rope[s]) scale
//	o[h] = VB[h] (sum over s of softmax(z[h])[s] c[s])
//
// which equals expanding every latent to keys and values of all heads.
func (l *mlaLayer) Forward(s *Scratch, y, x []float32, caches []Cache, rows []Row) {
	c, w, t, m := l.config, l.w, len(rows), &s.mla
	qk := c.Nope + c.Rope.Dim
	latent := attend.Pad16(c.KVLora)
	s.latent.begin(t, c.Heads, latent+attend.Pad16(c.Rope.Dim), latent, [3]int{c.Heads, c.KVLora, c.Rope.Dim})
	s.index.begin(c.Indexer, t)
	l.project(s, x, t)
	for i, r := range rows {
		cache := caches[r.Seq].(*mlaCache)
		checkPosition(cache, i, r)
		cache.len++
	}
	s.prepare(l, c.Rope.Dim, rows, caches)
	l.choose(s, caches, rows)

	m.heads = kernels.Grow(m.heads, c.Heads)
	for h, kb := range w.KB {
		in := &m.heads[h]
		in.Reset(m.q[h*qk:], c.Heads*qk, c.Nope, nil, t)
		s.region.Set(in, kb.Format)
		s.region.Add(matmul.Job{W: kb, X: in, Y: s.latent.q.x[s.latent.at(0, h):], Stride: s.latent.stride()})
	}
	s.region.Run()
	s.latent.run()

	m.o = kernels.Grow(m.o, t*c.Heads*c.Value)
	for h, vb := range w.VB {
		in := &m.heads[h]
		in.Reset(s.latent.o[h*latent:], c.Heads*latent, c.KVLora, nil, t)
		s.region.Set(in, vb.Format)
		s.region.Add(matmul.Job{W: vb, X: in, Y: m.o[h*c.Value:], Stride: c.Heads * c.Value})
	}
	s.region.Run()
	s.multiply(w.O, m.o, y, t)
}

// project computes q, kv and the indexer's inputs.
func (l *mlaLayer) project(s *Scratch, x []float32, t int) {
	c, w, m := l.config, l.w, &s.mla
	nq := c.Heads * (c.Nope + c.Rope.Dim)
	m.q, m.kv, m.qa = kernels.Grow(m.q, t*nq), kernels.Grow(m.kv, t*w.KVA.Rows), kernels.Grow(m.qa, t*c.QLora)
	s.input.Reset(x, c.Hidden, c.Hidden, nil, t)
	if c.QLora == 0 {
		s.add(w.Q, &s.input, m.q)
	} else {
		s.add(w.QA, &s.input, m.qa)
	}
	s.add(w.KVA, &s.input, m.kv)
	if n := c.Indexer; n != (Indexer{}) {
		m.indexK, m.indexQ = kernels.Grow(m.indexK, t*n.Dim), kernels.Grow(m.indexQ, t*n.Heads*n.Dim)
		s.add(w.IndexK, &s.input, m.indexK)
		s.addStrided(w.IndexW, &s.input, s.index.w.x, n.padHeads())
	}
	s.region.Run()
	if c.QLora == 0 {
		return
	}
	s.expand(m.qa, w.QNorm, c.Eps, t, expansion{w.QB, m.q}, expansion{w.IndexQ, m.indexQ})
}

func (l *mlaLayer) queryHeads() int { return l.config.Heads + l.config.Indexer.Heads + 1 }

// prepare implements queryLayer: queries are rotated and scaled; behind them stands the row
// itself, which is stored.
func (l *mlaLayer) prepare(s *Scratch, w *queryWorker, i int, r Row, cache Cache, from, to int) {
	c, m := l.config, &s.mla
	qk := c.Nope + c.Rope.Dim
	l.rope.Angles(w.angles, r.Pos)
	for h := from; h < min(to, c.Heads); h++ {
		q := m.q[(i*c.Heads+h)*qk:][:qk]
		l.rope.Rotate(q[c.Nope:], w.angles, false)
		vec.Scale(q, c.scale())
		copy(s.latent.q.x[s.latent.at(i, h)+attend.Pad16(c.KVLora):], q[c.Nope:])
	}
	for h := max(from, c.Heads); h < min(to, c.Heads+c.Indexer.Heads); h++ {
		q := s.index.take(i, h-c.Heads, m.indexQ)
		l.index.Rotate(q[:c.Rope.Dim], w.angles, false)
		hadamard(q, cache.(*mlaCache).format)
	}
	if to == l.queryHeads() {
		l.place(s, i, r, cache.(*mlaCache), w.angles)
	}
}

// place stores the cache rows of row i.
func (l *mlaLayer) place(s *Scratch, i int, r Row, cache *mlaCache, angles []float32) {
	c, w, m := l.config, l.w, &s.mla
	kv := m.kv[i*w.KVA.Rows:][:w.KVA.Rows]
	vec.RMSNorm(kv[:c.KVLora], kv[:c.KVLora], w.KVNorm, c.Eps)
	l.rope.Rotate(kv[c.KVLora:], angles, false)
	cache.entries.put(r.Pos, kv)

	n := c.Indexer
	if n == (Indexer{}) {
		return
	}
	key := m.indexK[i*n.Dim : (i+1)*n.Dim]
	vec.LayerNorm(key, key, w.IndexNorm, w.IndexBias, c.Eps)
	l.index.Rotate(key[:c.Rope.Dim], angles, false)
	hadamard(key, cache.format)
	cache.keys.put(r.Pos, key)
	s.index.scaleWeights(i)
}

// choose says which rows every query row sees: all, or those the indexer chooses.
func (l *mlaLayer) choose(s *Scratch, caches []Cache, rows []Row) {
	n := l.config.Indexer
	sparse := func(r Row) bool { return n != (Indexer{}) && r.Pos+1 > n.TopK }
	for i, r := range rows {
		if sparse(r) {
			s.index.want(i, &caches[r.Seq].(*mlaCache).keys, r.Pos+1)
		}
	}
	chosen := s.index.run()
	for _, r := range rows {
		v := view{rows: &caches[r.Seq].(*mlaCache).entries.Latents, n: r.Pos + 1}
		if sparse(r) {
			v.ids, v.n, chosen = chosen[0].ids, n.TopK, chosen[1:]
		}
		s.latent.row()
		s.latent.sees(v)
	}
}
