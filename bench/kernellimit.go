package bench

import (
	"cmp"

	"moebench/hw"
)

// Limit is what bounds a kernel: the unit its work is counted in follows.
type Limit string

// The limits.
const (
	MemoryWall Limit = "memory" // bytes; the fastest load-only pass over the same memory
	Int8Peak   Limit = "int8"   // FLOP; the best int8 loop of the tier
	FloatPeak  Limit = "float"  // FLOP; the better of f32 and bf16
	Latency    Limit = "time"   // calls; Target is in nanoseconds
)

// unit is that of a kernel's rate.
func (l Limit) unit() string {
	switch l {
	case MemoryWall:
		return "GB/s"
	case Latency:
		return "ns"
	}
	return "GFLOP/s"
}

// peak measures a limit of arithmetic, in operations per nanosecond, and its best slice; 0 for
// other limits, and where no loop is known.
func (l Limit) peak(pool *hw.Pool, isa hw.ISA) (mean, best float64) {
	switch l {
	case Int8Peak:
		return hw.PeakRate(pool, isa, "int8")
	case FloatPeak:
		return hw.PeakRate(pool, isa, "f32", "bf16")
	}
	return 0, 0
}

// ceiling is what may bound a row, and what was measured of it beside every sample.
type ceiling struct {
	limit Limit
	let   func(work float64) (rate, best float64) // how fast it lets as much work be done, and the best slice of arithmetic
	alone func() float64                          // the rate of loads without the kernel's arithmetic, or of a bare register tile; 0: not known

	rates, bests, bare []float64
}

// sample measures beside a sample of that much work.
func (c *ceiling) sample(work float64) {
	rate, best := c.let(work)
	c.rates, c.bests, c.bare = append(c.rates, measured(rate)), append(c.bests, measured(best)), append(c.bare, measured(c.alone()))
}

// ceilings are the row's limit and, where arithmetic may be below the memory wall, its peak.
func (row KernelRow) ceilings(pool *hw.Pool, isa hw.ISA, w *KernelWork) []ceiling {
	arithmetic := func(l Limit, tile string, flop float64) ceiling { // of a unit of work
		return ceiling{limit: l,
			let:   func(float64) (rate, best float64) { rate, best = l.peak(pool, isa); return rate / flop, best / flop },
			alone: func() float64 { return hw.TileRate(pool, isa, tile) / flop },
		}
	}
	floats := cmp.Or(w.Tile, "f32")
	switch row.Limit {
	case Int8Peak:
		return []ceiling{arithmetic(Int8Peak, "int8", 1)}
	case FloatPeak:
		return []ceiling{arithmetic(FloatPeak, floats, 1)}
	case MemoryWall:
		reader := hw.FindWall(pool, w.Memory).NewReader(pool, w.Memory)
		wall := ceiling{limit: MemoryWall, alone: w.loads(pool),
			let: func(bytes float64) (rate, best float64) { return bytes / float64(reader.Read(int64(bytes))), 0 }}
		if w.Intensity == 0 {
			return []ceiling{wall}
		}
		return []ceiling{wall, arithmetic(FloatPeak, floats, w.Intensity)}
	}
	return nil
}

// lowest is the one that bounds: by the median over all samples, for any one of them may have
// met a neighbour.
func lowest(ceilings []ceiling) ceiling {
	low := ceilings[0]
	for _, c := range ceilings[1:] {
		if median(c.rates) < median(low.rates) {
			low = c
		}
	}
	return low
}

// loads returns how to measure the loads of the kernel without its arithmetic; 0 where they
// are not known.
func (w *KernelWork) loads(pool *hw.Pool) func() float64 {
	if w.Loads.Streams == 0 {
		return func() float64 { return 0 }
	}
	const bytes = 256 << 20 // some 10 ms
	reader := w.Loads.NewReader(pool, w.Memory)
	return func() float64 { return bytes / float64(reader.Read(bytes)) }
}

// memory returns how to measure the rate at which the memory wall lets a row do its work that
// arithmetic limits; 0 where that is not known.
func (row KernelRow) memory(pool *hw.Pool, w *KernelWork) func() float64 {
	if row.Limit != Int8Peak && row.Limit != FloatPeak || w.Intensity == 0 {
		return func() float64 { return 0 }
	}
	const bytes = 1 << 30 // some 20 ms
	reader := hw.FindWall(pool, w.Memory).NewReader(pool, w.Memory)
	return func() float64 { return w.Intensity * bytes / float64(reader.Read(bytes)) }
}
