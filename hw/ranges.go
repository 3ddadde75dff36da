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
	if chunk, ok = r.all[own].take(true); ok {
		return chunk, true
	}
	for {
		longest, n := 0, 0
		for i := range r.all {
			if from, to := r.all[i].load(); to-from > n {
				longest, n = i, to-from
			}
		}
		if n == 0 {
			return 0, false
		}
		if chunk, ok = r.all[longest].take(false); ok {
			return chunk, true
		}
	}
}

// Next is what Claim will return if nobody takes it before, or -1 where range own is empty.
func (r *Ranges) Next(own int) int {
	if from, to := r.all[own].load(); from < to {
		return from
	}
	return -1
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
