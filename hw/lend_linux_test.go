package hw

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// TestLend: a helper that does not run while worker 0 waits gets worker 0's CPU, and
// its own back.
func TestLend(t *testing.T) {
	p := newPool(t, 2)
	if p.Size() < 2 || !p.Pinned() {
		t.Skip("one CPU, or threads cannot be bound")
	}
	var during, after []int
	onHelper(p, func() { // hardly runs, until it was moved or far too much time has passed
		for start := time.Now(); time.Since(start) < 10*time.Second && !slices.Equal(during, p.CPUs()[:1]); {
			time.Sleep(time.Millisecond)
			during, _ = affinity()
		}
	})
	looked := make(chan struct{})
	look := sync.OnceFunc(func() { // both chunks may be the helper's
		after, _ = affinity()
		close(looked)
	})
	p.Run(2, func(worker, _ int) {
		if worker == 0 {
			<-looked // it has work, and lends nothing
			return
		}
		look()
	})
	if cpus := p.CPUs(); !slices.Equal(during, cpus[:1]) || !slices.Equal(after, cpus[1:2]) {
		t.Errorf("of %v, the helper could run on %v while worker 0 waited, on %v later", cpus, during, after)
	}
}
