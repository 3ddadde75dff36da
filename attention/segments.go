package attention

import (
	"sort"
	"sync/atomic"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
)

const (
	// manyUnits is how many units a worker must have to do on average for each to stay whole.
	manyUnits = 16
	// chain is how many segments are merged with each other first: half of those that few rows
	// are cut into, which one of two workers has.
	chain = 4
)

// segments attends in pieces. What some queries see of a cache is a unit, cut into segments
// of rows; each is attended to by itself and then merged, in order, with those before it in its
// chain, and chains in order. So results do not depend on who does what: few units are shared out
// by segments, in ranges of neighbours, whose rows follow one another in memory; of many each is
// done by one worker, which needs what a chain and all before it have found, no more. Who comes to
// a segment when all before it in its chain are merged merges it at once, while its sums are at
// hand.
type segments struct {
	pool   *hw.Pool
	starts []int          // the first segment of every unit, and one past the last
	states []attend.State // of each worker
	sums   []attend.Sums  // of each segment, or two of each worker
	merged []atomic.Int32 // segments of the chain that begins there whose sums are those of its first
	part   int            // queries that are merged as one task
	parts  int            // at most, of a unit

	// attend is done with the worker's state, and merged with other sums if there are some; next it
	// will be another segment, or -1.
	attend func(worker, segment, next int, with *attend.Sums)
	finish func(sums attend.Sums, unit, from, to int) // sums are those of queries [from, to) of the unit

	spent time.Duration // so far: see Scratch.Attending

	ranges      hw.Ranges
	do          func(worker, i, next int) // task of a range
	each, join  func(worker, i, next int) // tasks, bound once: a method value allocates
	work, whole func(worker, i int)
}

func (s *segments) init(pool *hw.Pool, attend func(worker, segment, next int, with *attend.Sums), finish func(sums attend.Sums, unit, from, to int)) {
	s.pool, s.attend, s.finish = pool, attend, finish
	s.each, s.join, s.work, s.whole = s.eachTask, s.joinTask, s.rangeTask, s.wholeTask
}

// run attends to all units, of at most so many queries.
func (s *segments) run(queries, part int) {
	units, last := len(s.starts)-1, s.starts[len(s.starts)-1]
	s.part, s.parts = part, (queries+part-1)/part
	s.states = kernels.Grow(s.states, s.pool.Size())
	if units >= manyUnits*s.pool.Size() {
		s.sums = kernels.Grow(s.sums, 2*s.pool.Size())
		s.pool.Run(units, s.whole)
		return
	}
	s.sums, s.merged = kernels.Grow(s.sums, last), kernels.Grow(s.merged, last)
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
	for i, end := s.ranges.Claim(own); i < end; i, end = s.ranges.Claim(own) {
		for ; i < end-1; i++ {
			s.do(worker, i, i+1)
		}
		s.do(worker, i, s.ranges.Next(own))
	}
}

func (s *segments) wholeTask(worker, unit int) {
	first, last := s.starts[unit], s.starts[unit+1]
	all, current := &s.sums[2*worker], &s.sums[2*worker+1] // chains merged, and the one under way
	for head := first; head < last; head += chain {
		s.sumChain(worker, head, last, current)
		if head == first {
			*all, *current = *current, *all
		} else {
			all.Merge(0, *current)
		}
	}
	s.finish(*all, unit, 0, all.Queries())
}

// sumChain attends to a chain of a unit that ends at segment last.
func (s *segments) sumChain(worker, head, last int, sum *attend.Sums) {
	for i := head; i < min(head+chain, last); i++ {
		next := i + 1
		if next == last {
			next = -1
		}
		if i == head {
			s.attend(worker, i, next, nil)
			s.states[worker].Give(sum)
		} else {
			s.attend(worker, i, next, sum)
		}
	}
}

// eachTask merges what it finds with the sums of its chain, if all before it are merged.
func (s *segments) eachTask(worker, i, next int) {
	unit := sort.SearchInts(s.starts, i+1) - 1
	at := (i - s.starts[unit]) % chain
	sum, merged := &s.sums[i-at], &s.merged[i-at]
	if at > 0 && int(merged.Load()) == at {
		s.attend(worker, i, next, sum)
	} else {
		s.attend(worker, i, next, nil)
		s.states[worker].Give(&s.sums[i])
		if at > 0 {
			return
		}
	}
	merged.Store(int32(at + 1))
}

func (s *segments) joinTask(_, i, _ int) {
	unit, from := i/s.parts, i%s.parts*s.part
	first, last := s.starts[unit], s.starts[unit+1]
	to := min(from+s.part, s.sums[first].Queries())
	if from >= to {
		return // of a unit with fewer queries
	}
	var all attend.Sums
	for head := first; head < last; head += chain {
		sum := s.sums[head].Part(from, to)
		sum.Merge(from, s.sums[head+int(s.merged[head].Load()):min(head+chain, last)]...)
		if head == first {
			all = sum
		} else {
			all.Merge(0, sum)
		}
	}
	s.finish(all, unit, from, to)
}
