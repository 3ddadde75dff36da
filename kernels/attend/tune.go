package attend

import (
	"sync"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

// oneAhead is how many bytes ahead of itself a single query asks for rows, 0 for nowhere.
var oneAhead = 2 << 10

// aheads are the distances Tune tries. A Zen 5 reads 17 GB/s a core with the first and 38 to 40 with
// most others; a Zen 4 33 with the first.
var aheads = [...]int{0, 1 << 10, 2 << 10, 4 << 10, 8 << 10}

const (
	tuneDim    = 128
	tuneRows   = 4096      // of a step, 1 MiB of keys and as much of values
	tuneBytes  = 256 << 20 // of keys and values, or a 32nd of the memory: more than a cache
	tuneRounds = 9
	tuneSlice  = 2 * time.Millisecond
)

var tuned struct {
	sync.Mutex
	by map[int]int // distances by number of workers
}

// Ahead is the distance in use.
func Ahead() int { return oneAhead }

// Tune finds the distance with which this machine reads rows fastest for a single query, with all
// workers and with one alone, in less than a second, and sets it. A longer one must be 2 % better.
// No kernel may run meanwhile. The answer is kept for pools of the same size.
func Tune(pool *hw.Pool) error {
	if kernels.LimitISA() < hw.AVX512BF16 {
		return nil // other kernels do not ask
	}
	tuned.Lock()
	defer tuned.Unlock()
	if found, ok := tuned.by[pool.Size()]; ok {
		oneAhead = found
		return nil
	}
	found, err := tune(pool)
	if err != nil {
		return err
	}
	if tuned.by == nil {
		tuned.by = map[int]int{}
	}
	oneAhead, tuned.by[pool.Size()] = found, found
	return nil
}

func tune(pool *hw.Pool) (int, error) {
	bytes := int64(tuneBytes)
	if m := hw.Memory(); m.Total > 0 {
		bytes = min(bytes, m.Total/32)
	}
	arena, err := hw.NewArena(bytes)
	if err != nil {
		return 0, err
	}
	defer arena.Free()
	arena.Prefault(pool)
	one, err := hw.NewPool(1)
	if err != nil {
		return 0, err
	}
	defer one.Close()
	const step = tuneRows * tuneDim * 2
	k, v := arena.Alloc(bytes/2), arena.Alloc(bytes/2)
	q, at := make([]float32, tuneDim), 0
	states := make([]State, pool.Size())
	attend := func(worker, chunk int) {
		from := (at + chunk) * step % (len(k) / step * step)
		s := &states[worker]
		s.Reset(1, tuneDim, tuneDim)
		s.Add(q, k[from:][:step], v[from:][:step], kernels.BF16, tuneRows, nil)
	}
	return aheads[hw.Least(len(aheads), tuneRounds, func(i int) float64 {
		oneAhead = aheads[i]
		ns := 0.0
		for _, p := range [...]*hw.Pool{pool, one} {
			chunks, start := 0, time.Now()
			for ; time.Since(start) < tuneSlice; chunks += 4 * p.Size() {
				p.Run(4*p.Size(), attend)
				at += 4 * p.Size()
			}
			ns += float64(time.Since(start)) / float64(chunks) * float64(p.Size())
		}
		return ns
	})], nil
}
