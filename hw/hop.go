package hw

import (
	"sync/atomic"
	"time"
)

const (
	hopBatches  = 15
	hopRounds   = 32
	hopPatience = 20 * time.Millisecond
)

// Hop is how long a cache line takes from one worker to the next, in a ring of all of them: the
// median of some batches. On a virtual machine it says where the host has put its CPUs just now.
// Those of an AMD Zen 4 that share a third-level cache take 30 ns, and share one way to memory;
// others take 170 ns, and read almost twice as much together. It is 0 with one worker, or where
// one has no CPU for long.
func (p *Pool) Hop() time.Duration {
	n := int64(p.Size())
	if n < 2 {
		return 0
	}
	var line struct { // has one of a cache's for itself
		_    [64]byte
		turn atomic.Int64 // whose it is, counted from the first one; -1: given up
		_    [56]byte
	}
	var times []float64
	patience := time.Now().Add(hopPatience)
	p.Run(int(n), func(_, i int) {
		start := time.Now()
		for mine := int64(i); mine < hopBatches*hopRounds*n; mine += n {
			for spins := 1; line.turn.Load() != mine; spins++ {
				if line.turn.Load() < 0 || spins%1024 == 0 && time.Now().After(patience) {
					line.turn.Store(-1)
					return
				}
			}
			line.turn.Store(mine + 1)
			if i == 0 && mine/n%hopRounds == hopRounds-1 {
				now := time.Now()
				times, start = append(times, float64(now.Sub(start))), now
			}
		}
	})
	if line.turn.Load() < 0 {
		return 0
	}
	return time.Duration(median(times) / float64(hopRounds*n))
}
