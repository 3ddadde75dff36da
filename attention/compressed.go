package attention

import (
	"fmt"
	"math"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
)

// Compressed is the attention of DeepSeek V4: one vector per token is key and
// value of all heads; a query sees the last Window tokens as they are, and what
// lies before through rows that stand for Ratio tokens each. Ratio 0 is the window
// alone; with an Indexer (CSA) rows overlap and only the best are seen; without
// (HCA) all are. It is comparable.
type Compressed struct {
	Hidden, Heads int
	HeadDim       int // head_dim; the last Rope.Dim elements are rotated
	QLora         int // q_lora_rank
	Groups, OLora int // o_groups, o_lora_rank
	Window        int // sliding_window
	Ratio         int // compress_ratios[layer]
	Eps           float32
	Rope          vec.RopeConfig // of qk_rope_head_dim, interleaved
	Indexer       Indexer
}

// Kind names the attention.
func (c Compressed) Kind() string {
	switch {
	case c.Ratio == 0:
		return "window"
	case c.Indexer != (Indexer{}):
		return "csa"
	}
	return "hca"
}

// Width is Hidden.
func (c Compressed) Width() int { return c.Hidden }

// Validate reports numbers that cannot work together.
func (c Compressed) Validate() error {
	switch {
	case c.Hidden < 1 || c.Heads < 1 || c.HeadDim < 1 || c.QLora < 1 || c.Window < 1 || c.Ratio < 0:
		return fmt.Errorf("attention of %d heads, head_dim %d, q_lora_rank %d, sliding_window %d, compression ratio %d: want positive numbers",
			c.Heads, c.HeadDim, c.QLora, c.Window, c.Ratio)
	case c.Rope.Dim < 2 || c.Rope.Dim%2 != 0 || c.Rope.Dim >= c.HeadDim:
		return fmt.Errorf("qk_rope_head_dim is %d, want an even number below head_dim = %d", c.Rope.Dim, c.HeadDim)
	case c.Groups < 1 || c.OLora < 1 || c.Heads%c.Groups != 0:
		return fmt.Errorf("o_groups is %d, want a divisor of num_attention_heads = %d", c.Groups, c.Heads)
	case c.Ratio > c.Window:
		return fmt.Errorf("compression ratio is %d, want at most sliding_window = %d: tokens of an unfinished window are seen nowhere else", c.Ratio, c.Window)
	case c.Ratio == 0 && c.Indexer != Indexer{}:
		return fmt.Errorf("an indexer (index_n_heads %d) without compressed rows", c.Indexer.Heads)
	}
	return c.Indexer.validate(c.Rope.Dim)
}

func (c Compressed) scale() float32 { return float32(1 / math.Sqrt(float64(c.HeadDim))) }

// entry is a row of the cache; in native storage 584 bytes at 448 + 64.
func (c Compressed) entry(f CacheFormat) kernels.RowLayout {
	nope := c.HeadDim - c.Rope.Dim
	l := kernels.RowLayout{Align: 1, Parts: [2]kernels.RowPart{{N: nope, Format: f.plain()}, {N: c.Rope.Dim, Format: f.plain()}}}
	if f == CacheNative {
		l.Align = 8
		l.Parts[0] = kernels.RowPart{N: nope, Format: kernels.FP8, Block: 64, Scale: kernels.PowerScale}
	}
	return l
}

// compressedIndexFormat is how V4 stores indexer keys: 68 bytes at 128 elements.
const compressedIndexFormat = kernels.MXFP4

// grouped is the format of the groups of o_a. FP8 scales belong to 128x128 blocks
// of the whole: they stay with a group only where its rows are whole panels.
func (c Compressed) grouped(f kernels.Format) kernels.Format {
	if f == kernels.FP8 && c.Groups > 1 && c.OLora%kernels.PanelRows != 0 {
		return kernels.F32
	}
	return f
}

// compressorWeights are those of one compressor.
type compressorWeights struct {
	KV, Gate  *kernels.Matrix // [width, Hidden]
	APE, Norm []float32       // [ratio][width], [dim]
	shape     compressor
}

func newCompressorWeights(alloc Alloc, c Compressed, f Formats, dim int) *compressorWeights {
	shape := compressor{ratio: c.Ratio, dim: dim, overlap: c.Indexer != Indexer{}, eps: c.Eps}
	return &compressorWeights{
		KV: kernels.NewMatrix(alloc, f.Aux, shape.width(), c.Hidden), Gate: kernels.NewMatrix(alloc, f.Aux, shape.width(), c.Hidden),
		APE: make([]float32, c.Ratio*shape.width()), Norm: make([]float32, dim), shape: shape,
	}
}

// join completes the compressor with what it needs to work.
func (w *compressorWeights) join(rope *vec.RopeTable) *compressor {
	c := w.shape
	c.rope, c.ape, c.norm = rope, w.APE, w.Norm
	return &c
}

// compressedWeights are those of one sublayer.
type compressedWeights struct {
	QA, QB        *kernels.Matrix   // [QLora, Hidden], [Heads*HeadDim, QLora]
	KV            *kernels.Matrix   // [HeadDim, Hidden]
	OA            []*kernels.Matrix // per group [OLora, Heads/Groups*HeadDim]
	OB            *kernels.Matrix   // [Hidden, Groups*OLora]
	QNorm, KVNorm []float32         // [QLora], [HeadDim]
	Sinks         []float32         // [Heads]

	Compress       *compressorWeights // nil without compressed rows
	IndexCompress  *compressorWeights // nil without an indexer
	IndexQ, IndexW *kernels.Matrix    // [index heads*dim, QLora], [index heads, Hidden]
}

// NewWeights allocates what c calls for.
func (c Compressed) NewWeights(alloc Alloc, f Formats) Weights {
	matrix := func(rows, cols int) *kernels.Matrix { return kernels.NewMatrix(alloc, f.Proj, rows, cols) }
	w := &compressedWeights{
		QA: matrix(c.QLora, c.Hidden), KV: matrix(c.HeadDim, c.Hidden),
		QNorm: make([]float32, c.QLora), KVNorm: make([]float32, c.HeadDim), Sinks: make([]float32, c.Heads),
	}
	x := c.Indexer
	if c.Ratio > 0 {
		w.Compress = newCompressorWeights(alloc, c, f, c.HeadDim)
	}
	if x != (Indexer{}) {
		w.IndexCompress = newCompressorWeights(alloc, c, f, x.Dim)
		w.IndexW = kernels.NewMatrix(alloc, f.Aux, x.Heads, c.Hidden)
	}
	w.QB = matrix(c.Heads*c.HeadDim, c.QLora)
	if x != (Indexer{}) {
		w.IndexQ = matrix(x.Heads*x.Dim, c.QLora)
	}
	for range c.Groups {
		w.OA = append(w.OA, kernels.NewMatrix(alloc, c.grouped(f.Proj), c.OLora, c.Heads/c.Groups*c.HeadDim))
	}
	w.OB = matrix(c.Hidden, c.Groups*c.OLora)
	return w
}

// Matrices lists what there is.
func (w *compressedWeights) Matrices() []Part {
	parts := []Part{whole("q_a", w.QA), whole("kv", w.KV), whole("q_b", w.QB)}
	if c := w.Compress; c != nil {
		parts = append(parts, whole("compress.kv", c.KV), whole("compress.gate", c.Gate))
	}
	if c := w.IndexCompress; c != nil {
		parts = append(parts, whole("index.compress.kv", c.KV), whole("index.compress.gate", c.Gate), whole("index.weights", w.IndexW), whole("index.q_b", w.IndexQ))
	}
	for i, m := range w.OA {
		parts = append(parts, Part{Name: "o_a", M: m, First: i * m.Rows, Rows: len(w.OA) * m.Rows, Cols: m.Cols})
	}
	return append(parts, whole("o_b", w.OB))
}

// Vectors lists norms, sinks and position embeddings.
func (w *compressedWeights) Vectors() []Vector {
	v := []Vector{{Name: "q_a_norm", X: w.QNorm, Neutral: 1}, {Name: "kv_norm", X: w.KVNorm, Neutral: 1}, {Name: "sinks", X: w.Sinks}}
	for _, c := range []struct {
		name string
		w    *compressorWeights
	}{{"compress.", w.Compress}, {"index.compress.", w.IndexCompress}} {
		if c.w != nil {
			v = append(v, Vector{Name: c.name + "ape", X: c.w.APE, Rows: c.w.shape.ratio}, Vector{Name: c.name + "norm", X: c.w.Norm, Neutral: 1})
		}
	}
	return v
}

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
	shape := compressor{ratio: c.Ratio, dim: c.HeadDim, overlap: c.Indexer != Indexer{}}
	if c.Ratio > 0 {
		cache.entries = newStore(alloc, c.entry(f), capacity/c.Ratio)
		cache.state = newCompressorState(alloc, &shape)
	}
	if shape.overlap {
		shape.dim = c.Indexer.Dim
		cache.keys = newStore(alloc, c.Indexer.layout(f, compressedIndexFormat), capacity/c.Ratio)
		cache.indexState = newCompressorState(alloc, &shape)
	}
	return cache
}

func (c *compressedCache) Len() int     { return c.len }
func (c *compressedCache) SetLen(n int) { c.len = n }

func (c *compressedCache) FillSynthetic(seed uint64, n int) {
	for i, s := range []*store{&c.window, &c.entries, &c.keys} {
		s.fill(seed + uint64(i)*kernels.Golden)
	}
	for i, x := range [][]float32{c.state.c, c.state.g, c.indexState.c, c.indexState.g} {
		fillRows(kernels.FloatBytes(x), kernels.PlainRow(kernels.F32, 2), seed-uint64(i)*kernels.Golden)
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
	qa, q, kv      []float32    // [T][QLora], [T][Heads][HeadDim] (then outputs), [T][HeadDim]
	values, logits [2][]float32 // of the compressor and the indexer's: [T][width]
	indexQ         []float32    // [T][heads][dim]
	z              []float32    // [T][Groups*OLora]
	row, pool      []float32    // a new row, and scratch of making it
	queries        matmul.Input // of qa
	groups         []matmul.Input
}

// Forward implements Layer (V4 technical report, section 2; see the package
// documentation for the formulas).
func (l *compressedLayer) Forward(s *Scratch, y, x []float32, caches []Cache, rows []Row) {
	c, w, t, m := l.config, l.w, len(rows), &s.compressed
	dim := attend.Pad16(c.HeadDim-c.Rope.Dim) + attend.Pad16(c.Rope.Dim)
	s.latent.begin(t, c.Heads, dim, dim)
	s.index.begin(c.Indexer, t)
	l.project(s, x, t)
	for i, r := range rows {
		l.place(s, i, r, caches[r.Seq].(*compressedCache))
	}
	l.choose(s, caches, rows)
	s.latent.sinks = w.Sinks
	s.latent.run()

	l.unrotate(s, rows)
	width, z := c.Heads/c.Groups*c.HeadDim, c.Groups*c.OLora
	m.groups, m.z = kernels.Grow(m.groups, c.Groups), kernels.Grow(m.z, t*z)
	for g, oa := range w.OA {
		in := &m.groups[g]
		in.Reset(t, width)
		in.Set(m.q[g*width:], c.Heads*c.HeadDim, width, nil, t, oa.Format.Activation())
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
	m.qa, m.q, m.kv = kernels.Grow(m.qa, t*c.QLora), kernels.Grow(m.q, t*c.Heads*c.HeadDim), kernels.Grow(m.kv, t*c.HeadDim)
	s.input.Reset(t, c.Hidden)
	s.add(w.QA, &s.input, x, m.qa)
	s.add(w.KV, &s.input, x, m.kv)
	for i, cw := range []*compressorWeights{w.Compress, w.IndexCompress} {
		if cw != nil {
			m.values[i], m.logits[i] = kernels.Grow(m.values[i], t*cw.KV.Rows), kernels.Grow(m.logits[i], t*cw.KV.Rows)
			s.add(cw.KV, &s.input, x, m.values[i])
			s.add(cw.Gate, &s.input, x, m.logits[i])
		}
	}
	if w.IndexW != nil {
		s.addStrided(w.IndexW, &s.input, x, s.index.w, c.Indexer.padHeads())
	}
	s.region.Run()
	for i := range t {
		vec.RMSNorm(m.qa[i*c.QLora:(i+1)*c.QLora], m.qa[i*c.QLora:(i+1)*c.QLora], w.QNorm, c.Eps)
	}
	m.queries.Reset(t, c.QLora)
	s.add(w.QB, &m.queries, m.qa, m.q)
	if w.IndexQ != nil {
		m.indexQ = kernels.Grow(m.indexQ, t*w.IndexQ.Rows)
		s.add(w.IndexQ, &m.queries, m.qa, m.indexQ)
	}
	s.region.Run()
}

// place norms, rotates and scales the queries of row i and appends its cache rows.
func (l *compressedLayer) place(s *Scratch, i int, r Row, cache *compressedCache) {
	c, w, m := l.config, l.w, &s.compressed
	checkPosition(cache, i, r)
	nope := c.HeadDim - c.Rope.Dim
	l.rope.Angles(s.angles, r.Pos)
	for h := range c.Heads {
		q := m.q[(i*c.Heads+h)*c.HeadDim:][:c.HeadDim]
		vec.RMSNorm(q, q, nil, c.Eps)
		l.rope.Rotate(q[nope:], s.angles, false)
		vec.Scale(q, c.scale())
		at := s.latent.at(i, h)
		copy(s.latent.q[at:], q[:nope])
		copy(s.latent.q[at+attend.Pad16(nope):], q[nope:])
	}
	kv := m.kv[i*c.HeadDim:][:c.HeadDim]
	vec.RMSNorm(kv, kv, w.KVNorm, c.Eps)
	l.rope.Rotate(kv[nope:], s.angles, false)
	cache.window.put(r.Pos%cache.window.rows, kv)
	if l.index != nil {
		l.placeIndexer(s, i, cache)
	}
	if l.compress != nil && l.compressRow(s, l.compress, 0, i, r.Pos, cache.state) {
		cache.entries.put(r.Pos/c.Ratio, m.row)
	}
	if l.index != nil && l.compressRow(s, l.index, 1, i, r.Pos, cache.indexState) {
		s.index.hadamard(m.row, cache.format)
		cache.keys.put(r.Pos/c.Ratio, m.row)
	}
	cache.len++
}

// placeIndexer rotates the indexer's queries of row i.
func (l *compressedLayer) placeIndexer(s *Scratch, i int, cache *compressedCache) {
	n, m := l.config.Indexer, &s.compressed
	for h := range n.Heads {
		q := s.index.query(i, h)
		copy(q, m.indexQ[(i*n.Heads+h)*n.Dim:])
		l.rope.Rotate(q[n.Dim-l.config.Rope.Dim:], s.angles, false)
		s.index.hadamard(q, cache.format)
		s.index.round(q, cache.keys.Layout, cache.format)
	}
	vec.Scale(s.index.w[i*n.padHeads():][:n.Heads], n.weightScale())
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

// unrotate turns the outputs back by the angle of their query, and puts them, no
// longer padded, where the queries were.
func (l *compressedLayer) unrotate(s *Scratch, rows []Row) {
	c, m := l.config, &s.compressed
	nope := c.HeadDim - c.Rope.Dim
	for i, r := range rows {
		l.rope.Angles(s.angles, r.Pos)
		for h := range c.Heads {
			o := s.latent.o[(i*c.Heads+h)*s.latent.value:][:s.latent.value]
			dst := m.q[(i*c.Heads+h)*c.HeadDim:][:c.HeadDim]
			copy(dst, o[:nope])
			copy(dst[nope:], o[attend.Pad16(nope):])
			l.rope.Rotate(dst[nope:], s.angles, true)
		}
	}
}
