package attention

import (
	"sort"
	"sync/atomic"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
)

// manyUnits is how many units a worker must have to do on average for each to stay whole.
const manyUnits = 16

// segments attends in pieces. What some queries see of a cache is a unit, cut into segments
// of rows; each is attended to by itself and then merged, in order, with those before
// it. So results do not depend on who does what: few units are shared out by segments, in
// ranges of neighbours, whose rows follow one another in memory; of many each is done by one
// worker, which needs one of what a segment has found instead of all.
type segments struct {
	pool   *hw.Pool
	starts []int          // the first segment of every unit, and one past the last
	states []attend.State // of each worker
	sums   []attend.Sums  // of each segment, or of each worker
	merged []atomic.Int32 // segments of each unit whose sums are those of its first
	part   int            // queries that are merged as one task
	parts  int            // at most, of a unit

	attend func(worker, segment, next int)            // with the worker's state; next it will be the other, or -1
	finish func(sums attend.Sums, unit, from, to int) // sums are those of queries [from, to) of the unit

	spent time.Duration // so far: see Scratch.Attending

	ranges      hw.Ranges
	do          func(worker, i, next int) // task of a range
	each, join  func(worker, i, next int) // tasks, bound once: a method value allocates
	work, whole func(worker, i int)
}

func (s *segments) init(pool *hw.Pool, attend func(worker, segment, next int), finish func(sums attend.Sums, unit, from, to int)) {
	s.pool, s.attend, s.finish = pool, attend, finish
	s.each, s.join, s.work, s.whole = s.eachTask, s.joinTask, s.rangeTask, s.wholeTask
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
	s.sums, s.merged = kernels.Grow(s.sums, last), kernels.Grow(s.merged, units)
	for i := range s.merged {
		s.merged[i].Store(0)
	}
	s.share(last, s.each)
	s.share(units*s.parts, s.join)
}

// since adds the time from start on to what was spent.
func (s *segments) since(start time.Time) { s.spent += time.Since(start) }

// share has all workers do n tasks.
func (s *segments) share(n int, do func(worker, i, next int)) {
	s.do = do
	s.pool.Run(s.ranges.Share(n, s.pool.Size()), s.work)
}

func (s *segments) rangeTask(worker, own int) {
	for i, ok := s.ranges.Claim(own); ok; i, ok = s.ranges.Claim(own) {
		s.do(worker, i, s.ranges.Next(own))
	}
}

func (s *segments) wholeTask(worker, unit int) {
	state, sum := &s.states[worker], &s.sums[worker]
	first, last := s.starts[unit], s.starts[unit+1]-1
	for i := first; i <= last; i++ {
		next := i + 1
		if i == last {
			next = -1
		}
		s.attend(worker, i, next)
		if i == first {
			state.Give(sum)
		} else {
			sum.Merge(0, state.Sums)
		}
	}
	s.finish(*sum, unit, 0, sum.Queries())
}

// eachTask merges what it found at once if all before it are merged and nobody would share that
// work: here both sums are at hand.
func (s *segments) eachTask(worker, i, next int) {
	s.attend(worker, i, next)
	unit := sort.SearchInts(s.starts, i+1) - 1
	first, merged, state := s.starts[unit], &s.merged[unit], &s.states[worker]
	switch {
	case i == first:
		state.Give(&s.sums[i])
	case s.parts == 1 && int(merged.Load()) == i-first:
		s.sums[first].Merge(0, state.Sums)
	default:
		state.Give(&s.sums[i])
		return
	}
	merged.Store(int32(i - first + 1))
}

func (s *segments) joinTask(_, i, _ int) {
	unit, from := i/s.parts, i%s.parts*s.part
	first := &s.sums[s.starts[unit]]
	to := min(from+s.part, first.Queries())
	if from >= to {
		return // of a unit with fewer queries
	}
	sum := first.Part(from, to)
	sum.Merge(from, s.sums[s.starts[unit]+int(s.merged[unit].Load()):s.starts[unit+1]]...)
	s.finish(sum, unit, from, to)
}
