package hw

import "sync/atomic"

// Ranges shares chunks out: every worker begins with a range of neighbouring ones, which it
// goes through front to back. What they read is then one long stream: hardware prefetchers
// lose their way at every jump, and on an AMD Zen 5 a stream that skips the neighbour's
// 64 KiB each time reads a quarter slower. A worker that is done takes chunks from the end of
// the longest range left.
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

// Claim finds the next chunk of whoever has range own: in it, or in the longest one.
func (r *Ranges) Claim(own int) (chunk int, ok bool) {
	for {
		s, _, _ := r.find(own)
		if s == nil {
			return 0, false
		}
		if chunk, ok = s.take(s == &r.all[own]); ok {
			return chunk, true
		}
	}
}

// Next is what Claim will return if nobody takes anything before, or -1.
func (r *Ranges) Next(own int) int {
	switch s, from, to := r.find(own); s {
	case nil:
		return -1
	case &r.all[own]:
		return from
	default:
		return to - 1
	}
}

// find returns range own or, where that is empty, the longest one, as it was: nil if all are.
func (r *Ranges) find(own int) (s *span, from, to int) {
	if from, to = r.all[own].load(); from < to {
		return &r.all[own], from, to
	}
	for i := range r.all {
		if f, t := r.all[i].load(); t-f > to-from {
			s, from, to = &r.all[i], f, t
		}
	}
	return s, from, to
}

func (s *span) load() (from, to int) {
	e := s.ends.Load()
	return int(e >> 32), int(uint32(e))
}

// take removes the first chunk, or the last one.
func (s *span) take(first bool) (chunk int, ok bool) {
	for {
		e := s.ends.Load()
		from, to := e>>32, e&0xffffffff
		if from == to {
			return 0, false
		}
		if first {
			chunk, ok = int(from), s.ends.CompareAndSwap(e, (from+1)<<32|to)
		} else {
			chunk, ok = int(to-1), s.ends.CompareAndSwap(e, from<<32|(to-1))
		}
		if ok {
			return chunk, true
		}
	}
}
