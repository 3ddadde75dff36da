package hw

import (
	"slices"
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
	both := func(helper func()) {
		taken := make(chan struct{})
		p.Run(2, func(worker, _ int) {
			if worker == 0 {
				<-taken // the other chunk is the helper's
				return
			}
			close(taken)
			helper()
		})
	}
	both(func() {
		time.Sleep(200 * stallTime)
		during, _ = affinity()
	})
	both(func() { after, _ = affinity() })
	if cpus := p.CPUs(); !slices.Equal(during, cpus[:1]) || !slices.Equal(after, cpus[1:2]) {
		t.Errorf("of %v, the helper could run on %v while worker 0 waited, on %v later", cpus, during, after)
	}
}
