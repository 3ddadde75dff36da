package hw

import "testing"

// TestHop: a line takes some time between two workers, and one worker has no neighbour.
func TestHop(t *testing.T) {
	for n := range min(len(CPUs()), 3) {
		p, err := NewPool(n + 1)
		if err != nil {
			t.Fatal(err)
		}
		unpin := p.Pin()
		hop := p.Hop()
		unpin()
		p.Close()
		if n == 0 && hop != 0 || hop < 0 || hop > hopPatience {
			t.Errorf("%d workers: %v", n+1, hop)
		}
		if n > 0 && hop == 0 {
			t.Logf("%d workers: one had no CPU", n+1)
		}
	}
}
