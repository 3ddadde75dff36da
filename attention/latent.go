package attention

import (
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
)

// This file is the core that MLA and Compressed share: many query heads attend to
// rows that serve all of them as key and value.

const (
	// headGroup is how many heads one task attends with: enough to pay for
	// decoding a row, some 200 cycles, beside the 60 or so a row costs every head.
	headGroup = 64
	// latentSegment is how many rows one task attends to at least: few enough that
	// 512 chosen rows make work for some workers, and a multiple of the 48 that
	// attend takes together.
	latentSegment = 192
	// viewSegments bounds the segments of one view: every one costs the memory of
	// a state, written and merged.
	viewSegments = 48
	// mergeHeads is how many heads one task merges.
	mergeHeads = 8
	// latentTasks bounds the tasks of one parallel region, and with them the
	// memory of their states.
	latentTasks = 512
)

// latentScratch attends T query rows to the rows each of them sees.
type latentScratch struct {
	pool              *hw.Pool
	heads, dim, value int
	q                 []float32 // [T][groups][PadQueries(headGroup)][dim], scaled
	o                 []float32 // [T][heads][value]
	views             []view
	firstView         []int // of every query row, and one past the last
	sinks             []float32

	tasks  []latentTask
	states []attend.State // of each task
	merges []int          // first task of every row and group, and one past the last
	attend func(worker, i int)
	merge  func(worker, i int)
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

func (s *latentScratch) init(pool *hw.Pool) {
	s.pool = pool
	s.attend, s.merge = s.attendTask, s.mergeTask
}

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

// begin makes room for t query rows; what they see is said next, row by row.
func (s *latentScratch) begin(t, heads, dim, value int) {
	s.heads, s.dim, s.value = heads, dim, value
	s.q, s.o = kernels.Grow(s.q, t*s.stride()), kernels.Grow(s.o, t*heads*value)
	clear(s.q)
	s.views, s.firstView, s.sinks = s.views[:0], s.firstView[:0], nil
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
	rows := len(s.firstView)
	s.row() // one past the last
	s.tasks, s.merges = s.tasks[:0], s.merges[:0]
	for i := range rows {
		for g := range s.groups() {
			s.merges = append(s.merges, len(s.tasks))
			for _, v := range s.views[s.firstView[i]:s.firstView[i+1]] {
				s.cut(latentTask{i, g, v})
			}
		}
		if len(s.tasks) >= latentTasks || i == rows-1 {
			s.states = kernels.Grow(s.states, len(s.tasks))
			s.merges = append(s.merges, len(s.tasks))
			s.pool.Run(len(s.tasks), s.attend)
			s.pool.Run((len(s.merges)-1)*s.mergeParts(), s.merge)
			s.tasks, s.merges = s.tasks[:0], s.merges[:0]
		}
	}
}

// cut makes tasks of the segments of a view. Their size follows from what is seen
// alone, so that results do not depend on the number of workers.
func (s *latentScratch) cut(t latentTask) {
	all := t.view
	rows := (all.n + viewSegments*latentSegment - 1) / (viewSegments * latentSegment) * latentSegment
	for from := 0; from < all.n; from += rows {
		t.n = min(rows, all.n-from)
		if all.ids != nil {
			t.ids = all.ids[from : from+t.n]
		} else {
			t.first = all.first + from
		}
		s.tasks = append(s.tasks, t)
	}
}

func (s *latentScratch) attendTask(_, i int) {
	t, state := &s.tasks[i], &s.states[i]
	state.Reset(s.groupHeads(t.group), s.dim, s.value)
	q := s.q[s.at(t.row, t.group*headGroup):][:attend.PadQueries(s.groupHeads(t.group))*s.dim]
	state.AddLatents(q, t.rows, t.ids, t.first, t.n)
}

// mergeParts is the number of tasks that merge one row and group.
func (s *latentScratch) mergeParts() int {
	return (min(headGroup, s.heads) + mergeHeads - 1) / mergeHeads
}

// mergeTask joins the segments of some heads of one row and group and writes their
// outputs.
func (s *latentScratch) mergeTask(_, i int) {
	i, first := i/s.mergeParts(), i%s.mergeParts()*mergeHeads
	from, to := s.merges[i], s.merges[i+1]
	t := &s.tasks[from]
	last := min(first+mergeHeads, s.groupHeads(t.group))
	if first >= last {
		return // of a last group that is smaller
	}
	state := s.states[from].Part(first, last)
	for j := from + 1; j < to; j++ {
		other := s.states[j].Part(first, last)
		state.Merge(&other)
	}
	first, last = t.group*headGroup+first, t.group*headGroup+last
	var sinks []float32
	if s.sinks != nil {
		sinks = s.sinks[first:last]
	}
	state.Finish(s.o[(t.row*s.heads+first)*s.value:][:(last-first)*s.value], sinks)
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
