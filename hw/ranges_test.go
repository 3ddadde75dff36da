package hw

import (
	"sync"
	"sync/atomic"
	"testing"
)

// TestRanges: alone, each range is gone through front to back and the others from behind;
// together, workers claim every chunk once.
func TestRanges(t *testing.T) {
	var r Ranges
	for _, p := range []struct{ chunks, workers, ranges int }{{0, 3, 0}, {1, 3, 1}, {10, 4, 4}, {7, 2, 2}, {64, 3, 3}} {
		if n := r.Share(p.chunks, p.workers); n != p.ranges {
			t.Fatalf("%d chunks have %d ranges, want %d", p.chunks, n, p.ranges)
		}
		for own, seen := p.ranges-1, 0; p.ranges > 0; {
			next := r.Next(own)
			from, to := r.Claim(own)
			if (next >= 0) != (from < to) || from < to && next != from || (from < to) != (seen < p.chunks) {
				t.Fatalf("%+v: after %d chunks [%d, %d) are claimed after a next of %d", p, seen, from, to, next)
			}
			if most := max(1, (p.chunks+p.workers-1)/p.workers/8); to-from > most {
				t.Fatalf("%+v: %d chunks are claimed at once, want %d at most", p, to-from, most)
			}
			if from == to {
				break
			}
			seen += to - from
		}
		r.Share(p.chunks, p.workers)
		claimed := make([]atomic.Int32, p.chunks)
		var all sync.WaitGroup
		for own := range p.ranges {
			all.Go(func() {
				for i, end := r.Claim(own); i < end; i, end = r.Claim(own) {
					for ; i < end; i++ {
						claimed[i].Add(1)
					}
				}
			})
		}
		all.Wait()
		for i := range claimed {
			if n := claimed[i].Load(); n != 1 {
				t.Fatalf("%+v: chunk %d is claimed %d times", p, i, n)
			}
		}
	}
}
