package attention

import (
	"fmt"
	"math"
	"math/bits"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/index"
	"moebench/kernels/topk"
	"moebench/kernels/vec"
)

// Indexer is the lightning indexer of sparse attention: a small attention whose
// scores choose the rows the large one sees. The zero value is none.
type Indexer struct {
	Heads, Dim int // index_n_heads, index_head_dim
	TopK       int // index_topk
}

// validate reports numbers that cannot work together.
func (x Indexer) validate(ropeDim int) error {
	switch {
	case x == Indexer{}:
		return nil
	case x.Heads < 1 || x.Dim < 1 || x.TopK < 1:
		return fmt.Errorf("indexer of index_n_heads %d, index_head_dim %d, index_topk %d: want positive numbers", x.Heads, x.Dim, x.TopK)
	case x.Dim%8 != 0 || x.Dim < ropeDim || bits.OnesCount(uint(x.Dim)) != 1:
		return fmt.Errorf("index_head_dim is %d, want a power of two, at least 8 and the %d rotary dims", x.Dim, ropeDim)
	}
	return nil
}

// verify compares the kernels that score its keys with float64.
func (x Indexer) verify(f CacheFormat, native kernels.Format) error {
	if x == (Indexer{}) {
		return nil
	}
	return index.Verify(x.layout(f, native), x.Heads)
}

// weightScale is the factor on the head weights: heads^-0.5 dim^-0.5.
func (x Indexer) weightScale() float32 {
	return float32(1 / math.Sqrt(float64(x.Heads)*float64(x.Dim)))
}

// padHeads is the number of heads the kernels see.
func (x Indexer) padHeads() int {
	return (x.Heads + index.HeadTile - 1) / index.HeadTile * index.HeadTile
}

// layout is a row of the key cache: in native storage FP8 (V3.2) or MXFP4 (V4).
func (x Indexer) layout(f CacheFormat, native kernels.Format) kernels.RowLayout {
	if f == CacheNative {
		return index.Layout(native, x.Dim)
	}
	return index.Layout(f.plain(), x.Dim)
}

// Queries and keys are rotated by Hadamard where keys are stored natively, which rounds
// both. In other storage they stay as they are: the rotation alone changes no score.
func hadamard(x []float32, f CacheFormat) {
	if f == CacheNative {
		vec.Hadamard(x)
	}
}

// indexScratch chooses rows for T query rows.
type indexScratch struct {
	pool      *hw.Pool
	q, w      padded    // [T][padHeads][Dim], [T][padHeads]
	scores    []float32 // of the query rows of one region, one after the other
	ids       []int32   // chosen rows of all query rows, one after the other
	workers   []indexWorker
	selectors []topk.Selector

	config  Indexer
	wanted  []want
	tasks   []indexTask
	score   func(worker, i int)
	choose  func(worker, i int)
	pending []int // of wanted, in the current region
}

// indexWorker scores the rows of one query row after another.
type indexWorker struct {
	index.Scratch
	want int // whose query it has, or none: -1
}

// take copies the projected query of row i and head h to where it is scored.
func (s *indexScratch) take(i, h int, projected []float32) []float32 {
	q := s.query(i, h)
	copy(q, projected[(i*s.config.Heads+h)*s.config.Dim:])
	return q
}

// scaleWeights scales the head weights of row i.
func (s *indexScratch) scaleWeights(i int) {
	vec.Scale(s.w.x[i*s.config.padHeads():][:s.config.Heads], s.config.weightScale())
}

// want is a query row whose rows [0, n) of a store are to be scored.
type want struct {
	row    int
	keys   *store
	n      int
	ids    []int32
	scores int // where its scores begin
}

type indexTask struct{ want, from, to int }

// A task scores a quarter of a worker's share of all rows, from leastRows on, which take some 10
// us, to scoreRows.
const leastRows, scoreRows = 256, 2048

// scoreBuffer is how many scores a parallel region takes before it starts: those of its
// last row, which stay together, may be more.
const scoreBuffer = 4 << 20

func (s *indexScratch) init(pool *hw.Pool) {
	s.pool, s.workers, s.selectors = pool, make([]indexWorker, pool.Size()), make([]topk.Selector, pool.Size())
	s.score, s.choose = s.scoreTask, s.chooseTask
}

// begin makes room for t query rows.
func (s *indexScratch) begin(c Indexer, t int) {
	s.config = c
	n := t * c.padHeads()
	s.q.begin(n*c.Dim, [3]int{c.Heads, c.Dim})
	s.w.begin(n, [3]int{c.Heads, c.Dim})
	s.wanted = s.wanted[:0]
}

// query is the query of row i and head h.
func (s *indexScratch) query(i, h int) []float32 {
	at := (i*s.config.padHeads() + h) * s.config.Dim
	return s.q.x[at : at+s.config.Dim]
}

// want asks for the best TopK of the first n > TopK rows.
func (s *indexScratch) want(row int, keys *store, n int) {
	s.wanted = append(s.wanted, want{row: row, keys: keys, n: n})
}

// run chooses rows for everything wanted, and returns it in order.
func (s *indexScratch) run() []want {
	k := s.config.TopK
	s.ids = kernels.Grow(s.ids, len(s.wanted)*k)
	for i := range s.workers {
		s.workers[i].want = -1
	}
	used, all := 0, 0
	for _, w := range s.wanted {
		all += w.n
	}
	size := max(leastRows, min(all/(4*len(s.workers)), scoreRows))
	s.tasks, s.pending = s.tasks[:0], s.pending[:0]
	for i := range s.wanted {
		w := &s.wanted[i]
		w.ids, w.scores = s.ids[i*k:(i+1)*k], used
		used += w.n
		for from := 0; from < w.n; from += size {
			s.tasks = append(s.tasks, indexTask{i, from, min(from+size, w.n)})
		}
		s.pending = append(s.pending, i)
		if used >= scoreBuffer || i == len(s.wanted)-1 {
			s.scores = kernels.Grow(s.scores, used)
			s.pool.Run(len(s.tasks), s.score)
			s.pool.Run(len(s.pending), s.choose)
			s.tasks, s.pending, used = s.tasks[:0], s.pending[:0], 0
		}
	}
	return s.wanted
}

func (s *indexScratch) scoreTask(worker, i int) {
	t, work := s.tasks[i], &s.workers[worker]
	w, heads, dim := &s.wanted[t.want], s.config.padHeads(), s.config.Dim
	if work.want != t.want {
		work.want = t.want
		work.Begin(w.keys.Layout, s.q.x[w.row*heads*dim:][:heads*dim], s.w.x[w.row*heads:][:heads])
	}
	size := w.keys.Layout.Bytes()
	work.Scores(s.scores[w.scores+t.from:w.scores+t.to], w.keys.Data[t.from*size:t.to*size])
}

func (s *indexScratch) chooseTask(worker, i int) {
	w := &s.wanted[s.pending[i]]
	s.selectors[worker].SelectLikeTorch(w.ids, s.scores[w.scores:w.scores+w.n], w.keys.rows)
}
