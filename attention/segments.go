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
// many each is done by one worker, which needs two states instead of one for each
// segment.
type segments struct {
	pool   *hw.Pool
	starts []int          // the first segment of every unit, and one past the last
	states []attend.State // of each segment, or two of each worker
	part   int            // queries that are merged as one task
	parts  int            // at most, of a unit

	attend func(state *attend.State, segment int)
	finish func(state attend.State, unit, from, to int) // state has queries [from, to) of the unit

	whole, each, join func(worker, i int) // tasks, bound once: a method value allocates
}

func (s *segments) init(pool *hw.Pool, attend func(*attend.State, int), finish func(state attend.State, unit, from, to int)) {
	s.pool, s.attend, s.finish = pool, attend, finish
	s.whole, s.each, s.join = s.wholeTask, s.eachTask, s.joinTask
}

// run attends to all units, of at most so many queries.
func (s *segments) run(queries, part int) {
	units, last := len(s.starts)-1, s.starts[len(s.starts)-1]
	s.part, s.parts = part, (queries+part-1)/part
	if units >= manyUnits*s.pool.Size() {
		s.states = kernels.Grow(s.states, 2*s.pool.Size())
		s.pool.Run(units, s.whole)
		return
	}
	s.states = kernels.Grow(s.states, last)
	s.pool.Run(last, s.each)
	s.pool.Run(units*s.parts, s.join)
}

func (s *segments) wholeTask(worker, unit int) {
	sum, next := &s.states[2*worker], &s.states[2*worker+1]
	s.attend(sum, s.starts[unit])
	for i := s.starts[unit] + 1; i < s.starts[unit+1]; i++ {
		s.attend(next, i)
		sum.Merge(next)
	}
	s.finish(*sum, unit, 0, sum.Queries())
}

func (s *segments) eachTask(_, i int) { s.attend(&s.states[i], i) }

func (s *segments) joinTask(_, i int) {
	unit, from := i/s.parts, i%s.parts*s.part
	first := &s.states[s.starts[unit]]
	to := min(from+s.part, first.Queries())
	if from >= to {
		return // of a unit with fewer queries
	}
	sum := first.Part(from, to)
	for i := s.starts[unit] + 1; i < s.starts[unit+1]; i++ {
		next := s.states[i].Part(from, to)
		sum.Merge(&next)
	}
	s.finish(sum, unit, from, to)
}
