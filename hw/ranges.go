package hw

import "sync/atomic"

// Ranges shares chunks out: every worker begins with a range of neighbouring ones, which it
// goes through front to back. What they read is then one long stream: hardware prefetchers
// lose their way at every jump, and on an AMD Zen 5 a stream that skips the neighbour's
// 64 KiB each time reads a quarter slower. A worker that is done takes chunks from the end of
// the longest range left.
//
// An eighth of what is left of a range is taken at once: many chunks while there is time for
// the others to make up for a worker that is slow, one by one in the end.
type Ranges struct{ all []span }

// span is a range of chunks that its owner shortens from the front and others
// from the back.
type span struct {
	ends atomic.Uint64 // first chunk << 32 | the one after the last
	_    [56]byte      // owners write their own cache lines
}

// Share makes ranges of [0, chunks) for so many workers, and returns how many of them have
// one. They are numbered from 0: a pool may give one worker all.
func (r *Ranges) Share(chunks, workers int) int {
	n := min(workers, chunks)
	if len(r.all) < n {
		r.all = make([]span, workers)
	}
	for i := range r.all {
		from, to := min(i, n)*chunks/max(n, 1), min(i+1, n)*chunks/max(n, 1)
		r.all[i].ends.Store(pack(from, to))
	}
	return n
}

// Claim finds the next chunks [from, to) of whoever has range own, in it or in the longest
// one; there are none if from is to.
func (r *Ranges) Claim(own int) (from, to int) {
	for {
		s, first, end := r.find(own)
		if s == nil {
			return 0, 0
		}
		n := part(first, end)
		from, to, left := first, first+n, pack(first+n, end)
		if s != &r.all[own] {
			from, to, left = end-n, end, pack(first, end-n)
		}
		if s.ends.CompareAndSwap(pack(first, end), left) {
			return from, to
		}
	}
}

// Next is where the chunks that Claim will return if nobody takes anything before begin, or -1.
func (r *Ranges) Next(own int) int {
	switch s, first, end := r.find(own); s {
	case nil:
		return -1
	case &r.all[own]:
		return first
	default:
		return end - part(first, end)
	}
}

// part is how many of the chunks [first, end) are taken at once.
func part(first, end int) int { return max(1, (end-first)/8) }

// find returns range own or, where that is empty, the longest one, as it was: nil if all are.
func (r *Ranges) find(own int) (s *span, first, end int) {
	if first, end = r.all[own].load(); first < end {
		return &r.all[own], first, end
	}
	for i := range r.all {
		if f, e := r.all[i].load(); e-f > end-first {
			s, first, end = &r.all[i], f, e
		}
	}
	return s, first, end
}

func (s *span) load() (first, end int) {
	e := s.ends.Load()
	return int(e >> 32), int(uint32(e))
}

// pack makes ends of a range.
func pack(first, end int) uint64 { return uint64(first)<<32 | uint64(end) }
