package attention

import (
	"time"

	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
)

type gqaLayer struct {
	config  GQA
	weights *gqaWeights
	rope    *vec.RopeTable
}

// NewLayer joins a config and its weights.
func (c GQA) NewLayer(w Weights) Layer {
	return &gqaLayer{c, w.(*gqaWeights), vec.NewRopeTable(c.Rope)}
}

// segmentRows is how many cache rows one task attends to: fixed, so that results do not depend
// on the number of workers, and whole tiles, of 24 and of 32 rows too.
const segmentRows = 42 * attend.BlockRows

// gqaScratch is the working memory of GQA.
type gqaScratch struct {
	q, k, v []float32 // [T][Heads*HeadDim], [T][KVHeads*HeadDim] twice
	o       []float32 // [T][Heads*HeadDim]
	padded  padded    // [KVHeads][T][Heads/KVHeads][dim] and padding: scaled queries

	segments        // a unit is a group of rows of a sequence, and a kv head
	tasks    []task // the segments
	layer    *gqaLayer
	caches   []Cache
	rows     []Row
}

// task is the cache rows [from, to) and n query rows of a sequence, from row on, of one kv
// head.
type task struct{ row, n, head, from, to int }

// groupQueries is how many queries one task has at most, those of neighbouring tokens: they
// share the reading and decoding of cache rows.
const groupQueries = 64

// Forward implements Layer:
//
//	q, k, v = W x (+ bias); norm and rotate q, k; append k, v
//	o = softmax(q . k * scale over the visible rows) v; y = Wo o (+ bias)
func (l *gqaLayer) Forward(scratch *Scratch, y, x []float32, caches []Cache, rows []Row) {
	c, w, t, s := l.config, l.weights, len(rows), &scratch.gqa
	region, input := scratch.region, &scratch.input
	nq, nkv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	s.q, s.k, s.v = kernels.Grow(s.q, t*nq), kernels.Grow(s.k, t*nkv), kernels.Grow(s.v, t*nkv)
	input.Reset(x, c.Hidden, c.Hidden, nil, t)
	region.Set(input, w.Q.Format)
	region.Add(matmul.Job{W: w.Q, X: input, Y: s.q, Stride: nq, Bias: w.QBias})
	region.Add(matmul.Job{W: w.K, X: input, Y: s.k, Stride: nkv, Bias: w.KBias})
	region.Add(matmul.Job{W: w.V, X: input, Y: s.v, Stride: nkv, Bias: w.VBias})
	region.Run()

	s.layer, s.caches, s.rows = l, caches, rows
	l.place(scratch)
	s.o = kernels.Grow(s.o, t*nq)
	l.schedule(s)

	input.Reset(s.o, nq, nq, nil, t)
	region.Set(input, w.O.Format)
	region.Add(matmul.Job{W: w.O, X: input, Y: y, Stride: c.Hidden, Bias: w.OBias})
	region.Run()
}

// place makes room for the new rows and prepares their heads.
func (l *gqaLayer) place(scratch *Scratch) {
	c, w, s := l.config, l.weights, &scratch.gqa
	for i, r := range s.rows {
		if c.QKNorm == Whole {
			for _, p := range [][2][]float32{{s.q, w.QNorm}, {s.k, w.KNorm}} {
				n := len(p[1])
				x := p[0][i*n : (i+1)*n]
				vec.RMSNorm(x, x, p[1], c.Eps)
			}
		}
		cache := s.caches[r.Seq].(*gqaCache)
		checkPosition(cache, i, r)
		cache.len++
	}
	s.padded.begin((len(s.rows)*c.Heads+attend.MostPadding)*c.dim(), [3]int{c.HeadDim})
	scratch.prepare(l, c.Rope.Dim, s.rows, s.caches)
}

func (l *gqaLayer) queryHeads() int { return l.config.Heads + l.config.KVHeads }

// prepare implements queryLayer: queries are normed, rotated, scaled and laid out by
// padded heads; behind them stand the kv heads, whose keys are normed and rotated, and
// stored with the values.
func (l *gqaLayer) prepare(scratch *Scratch, w *queryWorker, i int, r Row, cache Cache, from, to int) {
	c, s := l.config, &scratch.gqa
	group, dim := c.Heads/c.KVHeads, c.HeadDim
	l.rope.Angles(w.angles, r.Pos)
	for h := from; h < min(to, c.Heads); h++ {
		q := s.q[(i*c.Heads+h)*dim:][:dim]
		l.normRotate(q, l.weights.QNorm, w.angles)
		dst := s.queries(i, h/group)[h%group*c.dim():][:dim]
		copy(dst, q)
		vec.Scale(dst, c.scale())
	}
	for h := max(from, c.Heads); h < to; h++ {
		at := (i*c.KVHeads + h - c.Heads) * dim
		k := s.k[at : at+dim]
		l.normRotate(k, l.weights.KNorm, w.angles)
		cache.(*gqaCache).put(h-c.Heads, r.Pos, k, s.v[at:at+dim])
	}
}

// normRotate readies one head of a query or key.
func (l *gqaLayer) normRotate(head, norm, angles []float32) {
	c := l.config
	if c.QKNorm == PerHead {
		vec.RMSNorm(head, head, norm, c.Eps)
	}
	l.rope.Rotate(head[:c.Rope.Dim], angles, false)
}

// queries are those of row i and a kv head on; the next row's follow.
func (s *gqaScratch) queries(i, head int) []float32 {
	c := s.layer.config
	return s.padded.x[(head*len(s.rows)+i)*c.Heads/c.KVHeads*c.dim():]
}

// schedule cuts the visible rows of groups of query rows into segments, and attends.
func (l *gqaLayer) schedule(s *gqaScratch) {
	defer s.since(time.Now())
	s.tasks, s.starts = s.tasks[:0], s.starts[:0]
	most := 0
	for i := 0; i < len(s.rows); {
		n := l.group(s.rows[i:])
		first, last := 0, s.rows[i+n-1].Pos
		if l.config.Window > 0 {
			first = max(0, last+1-l.config.Window)
		}
		for head := range l.config.KVHeads {
			s.starts = append(s.starts, len(s.tasks))
			for from := first; from <= last; from += segmentRows {
				s.tasks = append(s.tasks, task{i, n, head, from, min(from+segmentRows, last+1)})
			}
		}
		i, most = i+n, max(most, n)
	}
	s.starts = append(s.starts, len(s.tasks))
	heads := l.config.Heads / l.config.KVHeads
	s.segments.run(most*heads, heads)
}

// group is how many of the rows, neighbours of one sequence, go together. Those of a window
// see different rows and go alone.
func (l *gqaLayer) group(rows []Row) int {
	c, n := l.config, 1
	for c.Window == 0 && n < len(rows) && rows[n].Seq == rows[0].Seq && (n+1)*c.Heads/c.KVHeads <= groupQueries {
		n++
	}
	return n
}

// attendTo is segment i, before another, or -1.
func (s *gqaScratch) attendTo(worker, i, next int, with *attend.Sums) {
	t, c, state := s.tasks[i], s.layer.config, &s.states[worker]
	cache := s.caches[s.rows[t.row].Seq].(*gqaCache)
	state.Reset(t.n*c.Heads/c.KVHeads, c.dim(), c.dim())
	var space [groupQueries]int
	var seen []int
	if t.n > 1 {
		seen = space[:t.n]
	}
	for j := range seen {
		seen[j] = s.rows[t.row+j].Pos + 1 - t.from
	}
	for t.from < t.to {
		k, v := s.begin(t)
		n := min(t.to-t.from, cache.rows-t.from%cache.rows) // up to where the ring wraps, which none does that groups see
		t.from += n
		if t.from < t.to {
			state.Ahead(s.begin(t))
		} else if next >= 0 {
			state.Ahead(s.begin(s.tasks[next]))
		}
		state.Add(s.queries(t.row, t.head), k, v, cache.format, n, seen)
	}
	if with != nil {
		with.Merge(0, state.Sums)
	}
}

// begin returns the cache rows of a task from its first one on.
func (s *gqaScratch) begin(t task) (k, v []byte) {
	cache := s.caches[s.rows[t.row].Seq].(*gqaCache)
	at := t.from % cache.rows
	return cache.keys(t.head, at), cache.values(t.head, at)
}

// write stores the outputs of queries [from, to) of a unit, whole rows, in s.o.
func (s *gqaScratch) write(sums attend.Sums, unit, from, to int) {
	c, t := s.layer.config, &s.tasks[s.starts[unit]]
	group := c.Heads / c.KVHeads
	var sinks []float32
	if c.Sinks {
		sinks = s.layer.weights.Sinks[t.head*group : (t.head+1)*group]
	}
	for i := 0; i < to-from; i += group {
		row, one := t.row+(from+i)/group, sums.Part(i, i+group)
		one.Finish(s.o[(row*c.Heads+t.head*group)*c.HeadDim:][:group*c.HeadDim], sinks)
	}
}
