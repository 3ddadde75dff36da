package attention

import (
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
)

// manyUnits is how many units a worker must have to do on average for each to stay whole.
const manyUnits = 16

// segments attends in pieces. What some queries see of a cache is a unit, cut into segments
// of rows; each is attended to by itself and then merged, in order, with those before
// it. So results do not depend on who does what: few units are shared out by segments, of
// many each is done by one worker, which needs one of what a segment has found instead of
// all.
type segments struct {
	pool   *hw.Pool
	starts []int          // the first segment of every unit, and one past the last
	states []attend.State // of each worker
	sums   []attend.Sums  // of each segment, or of each worker
	part   int            // queries that are merged as one task
	parts  int            // at most, of a unit

	attend func(worker, segment int)                  // with the worker's state
	finish func(sums attend.Sums, unit, from, to int) // sums are those of queries [from, to) of the unit

	whole, each, join func(worker, i int) // tasks, bound once: a method value allocates
}

func (s *segments) init(pool *hw.Pool, attend func(worker, segment int), finish func(sums attend.Sums, unit, from, to int)) {
	s.pool, s.attend, s.finish = pool, attend, finish
	s.whole, s.each, s.join = s.wholeTask, s.eachTask, s.joinTask
}

// run attends to all units, of at most so many queries.
func (s *segments) run(queries, part int) {
	units, last := len(s.starts)-1, s.starts[len(s.starts)-1]
	s.part, s.parts = part, (queries+part-1)/part
	s.states = kernels.Grow(s.states, s.pool.Size())
	if units >= manyUnits*s.pool.Size() {
		s.sums = kernels.Grow(s.sums, s.pool.Size())
		s.pool.Run(units, s.whole)
		return
	}
	s.sums = kernels.Grow(s.sums, last)
	s.pool.Run(last, s.each)
	s.pool.Run(units*s.parts, s.join)
}

func (s *segments) wholeTask(worker, unit int) {
	state, sum := &s.states[worker], &s.sums[worker]
	s.attend(worker, s.starts[unit])
	state.Give(sum)
	for i := s.starts[unit] + 1; i < s.starts[unit+1]; i++ {
		s.attend(worker, i)
		sum.Merge(0, state.Sums)
	}
	s.finish(*sum, unit, 0, sum.Queries())
}

func (s *segments) eachTask(worker, i int) {
	s.attend(worker, i)
	s.states[worker].Give(&s.sums[i])
}

func (s *segments) joinTask(_, i int) {
	unit, from := i/s.parts, i%s.parts*s.part
	first := &s.sums[s.starts[unit]]
	to := min(from+s.part, first.Queries())
	if from >= to {
		return // of a unit with fewer queries
	}
	sum := first.Part(from, to)
	sum.Merge(from, s.sums[s.starts[unit]+1:s.starts[unit+1]]...)
	s.finish(sum, unit, from, to)
}
