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
		for own, seen := p.ranges-1, 0; p.ranges > 0; seen++ {
			next := r.Next(own)
			chunk, ok := r.Claim(own)
			if (next >= 0) != ok || ok && next != chunk || ok != (seen < p.chunks) {
				t.Fatalf("%+v: claim %d is %d, %v after a next of %d", p, seen, chunk, ok, next)
			}
			if !ok {
				break
			}
		}
		r.Share(p.chunks, p.workers)
		claimed := make([]atomic.Int32, p.chunks)
		var all sync.WaitGroup
		for own := range p.ranges {
			all.Go(func() {
				for chunk, ok := r.Claim(own); ok; chunk, ok = r.Claim(own) {
					claimed[chunk].Add(1)
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
