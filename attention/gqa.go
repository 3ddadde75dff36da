package attention

import (
	"fmt"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
)

// Weights are those of one attention sublayer.
type Weights struct {
	Q, K, V, O                 *kernels.Matrix // [Heads*HeadDim, Hidden], 2 x [KVHeads*HeadDim, Hidden], [Hidden, Heads*HeadDim]
	QBias, KBias, VBias, OBias []float32       // nil if there are none
	QNorm, KNorm               []float32       // [HeadDim] or [all heads]; nil if there are none
	Sinks                      []float32       // [Heads] or nil
}

// NewWeights allocates what c calls for.
func NewWeights(alloc func(bytes int64) []byte, c Config, f kernels.Format) *Weights {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	w := &Weights{
		Q: kernels.NewMatrix(alloc, f, q, c.Hidden), K: kernels.NewMatrix(alloc, f, kv, c.Hidden),
		V: kernels.NewMatrix(alloc, f, kv, c.Hidden), O: kernels.NewMatrix(alloc, f, c.Hidden, q),
	}
	if c.QKVBias {
		w.QBias, w.KBias, w.VBias = make([]float32, q), make([]float32, kv), make([]float32, kv)
	}
	if c.OBias {
		w.OBias = make([]float32, c.Hidden)
	}
	switch c.QKNorm {
	case PerHead:
		w.QNorm, w.KNorm = make([]float32, c.HeadDim), make([]float32, c.HeadDim)
	case Whole:
		w.QNorm, w.KNorm = make([]float32, q), make([]float32, kv)
	}
	if c.Sinks {
		w.Sinks = make([]float32, c.Heads)
	}
	return w
}

// Layer is an attention sublayer: immutable, shared by sessions.
type Layer struct {
	Config  Config
	Weights *Weights
	rope    *vec.RopeTable
}

// NewLayer joins a config and its weights.
func NewLayer(c Config, w *Weights) *Layer { return &Layer{c, w, vec.NewRopeTable(c.Rope)} }

// Row places one row of a pass.
type Row struct {
	Seq int // index into the caches
	Pos int // position in the sequence, from 0
}

// segmentRows is how many cache rows one task attends to: fixed, so that
// results do not depend on the number of workers.
const segmentRows = 1024

// Scratch is the working memory of a forward pass, shared by all layers.
type Scratch struct {
	pool    *hw.Pool
	region  *matmul.Region
	input   matmul.Input
	q, k, v []float32 // [T][Heads*HeadDim], [T][KVHeads*HeadDim] twice
	o       []float32 // [T][Heads*HeadDim]
	padded  []float32 // [T][KVHeads][PadQueries(Heads/KVHeads)][dim]: scaled queries, then outputs
	angles  []float32 // [Rope.Dim], of the current row

	tasks  []task
	states []attend.State // of each task
	layer  *Layer
	caches []*Cache
	rows   []Row
	run    func(worker, i int)
}

// task is the rows [from, to) of one query row and kv head.
type task struct{ row, head, from, to int }

// NewScratch makes empty scratch for a pool.
func NewScratch(pool *hw.Pool) *Scratch {
	s := &Scratch{pool: pool, region: matmul.NewRegion(pool)}
	s.run = s.attend
	return s
}

// Forward computes y = attention(x) for T rows [T][Hidden] and appends their
// keys and values to the caches of their sequences. Rows of one sequence stand
// in order, from position Len on: a prompt, one step of a batch, or a mixture.
//
//	q, k, v = W x (+ bias); norm and rotate q, k; append k, v
//	o = softmax(q . k * scale over the visible rows) v; y = Wo o (+ bias)
func (l *Layer) Forward(s *Scratch, y, x []float32, caches []*Cache, rows []Row) {
	c, w, t := l.Config, l.Weights, len(rows)
	nq, nkv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	s.q, s.k, s.v = kernels.Grow(s.q, t*nq), kernels.Grow(s.k, t*nkv), kernels.Grow(s.v, t*nkv)
	s.input.Reset(t, c.Hidden)
	s.input.Set(x, c.Hidden, c.Hidden, nil, t, w.Q.Format.Activation())
	s.region.Add(matmul.Job{W: w.Q, X: &s.input, Y: s.q, Stride: nq, Bias: w.QBias})
	s.region.Add(matmul.Job{W: w.K, X: &s.input, Y: s.k, Stride: nkv, Bias: w.KBias})
	s.region.Add(matmul.Job{W: w.V, X: &s.input, Y: s.v, Stride: nkv, Bias: w.VBias})
	s.region.Run()

	s.layer, s.caches, s.rows = l, caches, rows
	l.place(s)
	l.schedule(s)
	s.pool.Run(len(s.tasks), s.run)
	l.merge(s)

	s.input.Reset(t, nq)
	s.input.Set(s.o, nq, nq, nil, t, w.O.Format.Activation())
	s.region.Add(matmul.Job{W: w.O, X: &s.input, Y: y, Stride: c.Hidden, Bias: w.OBias})
	s.region.Run()
}

// place norms and rotates queries and keys, appends keys and values, and lays
// the scaled queries out by padded heads.
func (l *Layer) place(s *Scratch) {
	c, w := l.Config, l.Weights
	nq, nkv, dim := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim, c.dim()
	group := c.Heads / c.KVHeads
	rows := attend.PadQueries(group) * c.KVHeads // of one token
	s.padded = kernels.Grow(s.padded, len(s.rows)*rows*dim)
	clear(s.padded)
	s.angles = kernels.Grow(s.angles, c.Rope.Dim)
	for i, r := range s.rows {
		q, k, v := s.q[i*nq:(i+1)*nq], s.k[i*nkv:(i+1)*nkv], s.v[i*nkv:(i+1)*nkv]
		l.rope.Angles(s.angles, r.Pos)
		l.normRotate(q, w.QNorm, s.angles)
		l.normRotate(k, w.KNorm, s.angles)
		cache := s.caches[r.Seq]
		if cache.Len() != r.Pos {
			panic(fmt.Sprintf("attention: row %d is at position %d of a sequence of %d tokens", i, r.Pos, cache.Len()))
		}
		cache.append(k, v, c.HeadDim)
		for h := range c.Heads {
			dst := s.padded[(i*rows+h/group*attend.PadQueries(group)+h%group)*dim:]
			for d, x := range q[h*c.HeadDim : (h+1)*c.HeadDim] {
				dst[d] = x * c.scale()
			}
		}
	}
}

func (l *Layer) normRotate(x, norm, angles []float32) {
	c := l.Config
	if c.QKNorm == Whole {
		vec.RMSNorm(x, x, norm, c.Eps)
	}
	for h := 0; h < len(x); h += c.HeadDim {
		head := x[h : h+c.HeadDim]
		if c.QKNorm == PerHead {
			vec.RMSNorm(head, head, norm, c.Eps)
		}
		l.rope.Rotate(head[:c.Rope.Dim], angles, false)
	}
}

// schedule cuts the visible rows of every query row and kv head into segments.
func (l *Layer) schedule(s *Scratch) {
	s.tasks = s.tasks[:0]
	for i, r := range s.rows {
		first := 0
		if l.Config.Window > 0 {
			first = max(0, r.Pos+1-l.Config.Window)
		}
		for head := range l.Config.KVHeads {
			for from := first; from <= r.Pos; from += segmentRows {
				s.tasks = append(s.tasks, task{i, head, from, min(from+segmentRows, r.Pos+1)})
			}
		}
	}
	s.states = kernels.Grow(s.states, len(s.tasks))
}

// attend runs one task.
func (s *Scratch) attend(_, i int) {
	t, c := s.tasks[i], s.layer.Config
	group, dim := c.Heads/c.KVHeads, c.dim()
	cache, state := s.caches[s.rows[t.row].Seq], &s.states[i]
	state.Reset(group, dim)
	queries := attend.PadQueries(group)
	q := s.padded[(t.row*c.KVHeads+t.head)*queries*dim:][:queries*dim]
	for from := t.from; from < t.to; {
		at := from % cache.rows
		n := min(t.to-from, cache.rows-at) // up to where the ring wraps
		state.Add(q, cache.keys(t.head, at), cache.values(t.head, at), cache.Format, n)
		from += n
	}
}

// merge joins the segments of every row and head and writes s.o.
func (l *Layer) merge(s *Scratch) {
	c := l.Config
	group, dim := c.Heads/c.KVHeads, c.dim()
	s.o = kernels.Grow(s.o, len(s.rows)*c.Heads*c.HeadDim)
	for i := 0; i < len(s.tasks); {
		t, state := s.tasks[i], &s.states[i]
		for i++; i < len(s.tasks) && s.tasks[i].row == t.row && s.tasks[i].head == t.head; i++ {
			state.Merge(&s.states[i])
		}
		var sinks []float32
		first := t.head * group
		if c.Sinks {
			sinks = l.Weights.Sinks[first : first+group]
		}
		out := s.padded[(t.row*c.KVHeads+t.head)*attend.PadQueries(group)*dim:][:group*dim]
		state.Finish(out, sinks)
		for g := range group {
			copy(s.o[(t.row*c.Heads+first+g)*c.HeadDim:][:c.HeadDim], out[g*dim:])
		}
	}
}
