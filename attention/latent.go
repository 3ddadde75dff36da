package attention

import (
	"math/bits"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/vec"
)

// This file is the core that MLA and Compressed share: many query heads attend to
// rows that serve all of them as key and value.

const (
	// headGroup is how many heads one task attends with: enough to pay for
	// decoding a row, some 200 cycles, beside the 60 or so a row costs every head.
	headGroup = 64
	// latentSegment is how many rows one task attends to, of few: few enough that 512 chosen
	// rows make work for some workers. Of many it attends to more: see cut.
	latentSegment = 4 * attend.BlockRows
	// viewSegments bounds the segments of one view: every one costs the memory of
	// a state, written and merged.
	viewSegments = 32
	// mergeHeads is how many heads one task merges.
	mergeHeads = 8
)

// latentScratch attends T query rows to the rows each of them sees.
type latentScratch struct {
	segments          // a unit is a query row and a group of heads
	heads, dim, value int
	q                 padded    // [T][groups][PadQueries(headGroup)][dim], scaled
	o                 []float32 // [T][heads][value]: the queries' own memory, or outputs
	outputs           []float32
	views             []view
	firstView         []int // of every query row, and one past the last
	sinks             []float32
	back              turnBack
	tasks             []latentTask // the segments
	units             []int        // of each worker, whose queries its state has, or -1
}

// turnBack turns outputs back by the angle of their query, and stores them without padding.
// The zero value does nothing.
type turnBack struct {
	rope   *vec.RopeTable
	nope   int       // elements before those that turn
	angles []float32 // [T][turning elements]
	dst    []float32 // [T][heads][nope + turning elements]
}

// do does output o, number h of all heads of all rows, of query row i.
func (b *turnBack) do(o []float32, i, h, rows int) {
	n := len(b.angles) / rows
	dst := b.dst[h*(b.nope+n):][:b.nope+n]
	copy(dst, o[:b.nope])
	copy(dst[b.nope:], o[attend.Pad16(b.nope):])
	b.rope.Rotate(dst[b.nope:], b.angles[i*n:(i+1)*n], true)
}

// view is what a query row sees of one store: ids[:n], or first, first+1, ...
type view struct {
	rows     *attend.Latents
	ids      []int32
	first, n int
}

// latentTask is a segment of a view, for one group of heads of a query row.
type latentTask struct {
	row, group int
	view
}

func (s *latentScratch) init(pool *hw.Pool) { s.segments.init(pool, s.attendTo, s.write) }

func (s *latentScratch) groups() int { return (s.heads + headGroup - 1) / headGroup }

// groupHeads is the number of heads of a group.
func (s *latentScratch) groupHeads(g int) int { return min(headGroup, s.heads-g*headGroup) }

// groupRows is the number of query rows kept for a group.
func (s *latentScratch) groupRows() int { return attend.PadQueries(min(headGroup, s.heads)) }

// stride is the distance between the queries of two rows.
func (s *latentScratch) stride() int { return s.groups() * s.groupRows() * s.dim }

// at is where the query of row i and head h begins.
func (s *latentScratch) at(i, h int) int {
	return i*s.stride() + (h/headGroup*s.groupRows()+h%headGroup)*s.dim
}

// begin makes room for t query rows of a shape; what they see is said next, row by row.
func (s *latentScratch) begin(t, heads, dim, value int, shape [3]int) {
	s.heads, s.dim, s.value = heads, dim, value
	s.o = nil
	s.q.begin(t*s.stride(), shape)
	s.views, s.firstView, s.sinks, s.back = s.views[:0], s.firstView[:0], nil, turnBack{}
}

// row begins the views of the next query row.
func (s *latentScratch) row() { s.firstView = append(s.firstView, len(s.views)) }

// sees adds a view to the current row.
func (s *latentScratch) sees(v view) {
	if v.n > 0 {
		s.views = append(s.views, v)
	}
}

// run computes o for all rows.
func (s *latentScratch) run() {
	defer s.since(time.Now())
	rows := len(s.firstView)
	if s.o == nil {
		s.outputs = kernels.Grow(s.outputs, rows*s.heads*s.value)
		s.o = s.outputs
	}
	s.row() // one past the last
	s.tasks, s.starts = s.tasks[:0], s.starts[:0]
	for i := range rows {
		for g := range s.groups() {
			s.starts = append(s.starts, len(s.tasks))
			for _, v := range s.views[s.firstView[i]:s.firstView[i+1]] {
				s.cut(latentTask{i, g, v})
			}
		}
	}
	s.starts = append(s.starts, len(s.tasks))
	s.units = kernels.Grow(s.units, s.pool.Size())
	for i := range s.units {
		s.units[i] = -1
	}
	s.segments.run(min(headGroup, s.heads), mergeHeads)
}

// cut makes tasks of the segments of a view. What they are follows from the number of rows
// alone, so that results do not depend on the number of workers. Many are a power of two, which
// most numbers of workers share evenly, and of the same size but for a block; of 384 to 768 rows,
// beside which a state is little to write and merge, until there are viewSegments.
func (s *latentScratch) cut(t latentTask) {
	all, n := t.view, (t.n+latentSegment-1)/latentSegment
	if n > 4 {
		n = min(max(4, 1<<bits.Len(uint(t.n/latentSegment))/4), viewSegments)
	}
	blocks := (t.n + attend.BlockRows - 1) / attend.BlockRows
	for i := range n {
		from, to := i*blocks/n*attend.BlockRows, min((i+1)*blocks/n*attend.BlockRows, all.n)
		t.n = to - from
		if all.ids != nil {
			t.ids = all.ids[from:to]
		} else {
			t.first = all.first + from
		}
		s.tasks = append(s.tasks, t)
	}
}

// attendTo is segment i.
func (s *latentScratch) attendTo(worker, i, _ int, with *attend.Sums) {
	t, state := &s.tasks[i], &s.states[worker]
	state.Reset(s.groupHeads(t.group), s.dim, s.value)
	var q []float32
	if unit := t.row*s.groups() + t.group; unit != s.units[worker] {
		s.units[worker] = unit
		q = s.q.x[s.at(t.row, t.group*headGroup):][:attend.PadQueries(s.groupHeads(t.group))*s.dim]
	}
	state.AddLatents(q, t.rows, t.ids, t.first, t.n, with)
}

// write stores the outputs of heads [from, to) of a row's group.
func (s *latentScratch) write(sums attend.Sums, unit, from, to int) {
	row, first := unit/s.groups(), unit%s.groups()*headGroup
	var sinks []float32
	if s.sinks != nil {
		sinks = s.sinks[first+from : first+to]
	}
	at := row*s.heads + first + from
	o := s.o[at*s.value:][:(to-from)*s.value]
	sums.Finish(o, sinks)
	for i := 0; s.back.rope != nil && i < to-from; i++ {
		s.back.do(o[i*s.value:][:s.value], row, at+i, len(s.firstView)-1)
	}
}

// store is a growing list of latent rows, or a ring of them.
type store struct {
	attend.Latents
	rows int // capacity
}

func newStore(alloc Alloc, layout kernels.RowLayout, rows int) store {
	return store{Latents: attend.Latents{Layout: layout, Data: alloc(int64(rows) * int64(layout.Bytes()))}, rows: rows}
}

// put encodes x as row i.
func (s *store) put(i int, x []float32) { s.Layout.Encode(s.Row(i), x) }

// fill makes up all rows.
func (s *store) fill(seed uint64) {
	if len(s.Data) > 0 {
		fillRows(s.Data, s.Layout, seed)
	}
}
