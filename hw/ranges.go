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
		r.all[i].ends.Store(uint64(from)<<32 | uint64(to))
	}
	return n
}

// Claim finds the next chunks [from, to) of whoever has range own, in it or in the longest
// one; there are none if from is to.
func (r *Ranges) Claim(own int) (from, to int) {
	for {
		s, e := r.find(own)
		if s == nil {
			return 0, 0
		}
		from, to := part(e, s == &r.all[own])
		left := uint64(to)<<32 | e&0xffffffff
		if s != &r.all[own] {
			left = e&^0xffffffff | uint64(from)
		}
		if s.ends.CompareAndSwap(e, left) {
			return from, to
		}
	}
}

// Next is where the chunks that Claim will return if nobody takes anything before begin, or -1.
func (r *Ranges) Next(own int) int {
	s, e := r.find(own)
	if s == nil {
		return -1
	}
	from, _ := part(e, s == &r.all[own])
	return from
}

// find returns range own or, where that is empty, the longest one, and its ends: nil if all are.
func (r *Ranges) find(own int) (s *span, ends uint64) {
	if e := r.all[own].ends.Load(); length(e) > 0 {
		return &r.all[own], e
	}
	for i := range r.all {
		if e := r.all[i].ends.Load(); length(e) > length(ends) {
			s, ends = &r.all[i], e
		}
	}
	return s, ends
}

func length(ends uint64) int { return int(ends&0xffffffff) - int(ends>>32) }

// part is the first eighth of what is between the ends, or the last one: a chunk at least.
func part(ends uint64, first bool) (from, to int) {
	from, to = int(ends>>32), int(ends&0xffffffff)
	n := max(1, (to-from)/8)
	if first {
		return from, from + n
	}
	return to - n, to
}
