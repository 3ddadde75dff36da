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

// limit returns how to measure the limit for as much work as was just done, and the best slice
// of arithmetic.
func (row KernelRow) limit(pool *hw.Pool, isa hw.ISA, w *KernelWork) func(work float64) (rate, best float64) {
	if row.Limit == MemoryWall {
		reader := hw.FindWall(pool, w.Memory).NewReader(pool, w.Memory)
		return func(bytes float64) (rate, best float64) { return bytes / float64(reader.Read(int64(bytes))), 0 }
	}
	return func(float64) (rate, best float64) { return row.Limit.peak(pool, isa) }
}

// arithmetic is the rate at which the arithmetic peak does the work of a row that memory
// limits; 0 where that is not known.
func (row KernelRow) arithmetic(pool *hw.Pool, isa hw.ISA, w *KernelWork) (rate, best float64) {
	if row.Limit != MemoryWall || w.Intensity == 0 {
		return 0, 0
	}
	rate, best = FloatPeak.peak(pool, isa)
	return rate / w.Intensity, best / w.Intensity
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

// bare returns how to measure the rate at which what bounds a row does its work alone: a
// bare register tile, or the loads of the kernel without its arithmetic; 0 for others.
func (row KernelRow) bare(pool *hw.Pool, isa hw.ISA, w *KernelWork) func(bound Limit) float64 {
	loads := func() float64 { return 0 }
	if w.Loads.Streams > 0 {
		const bytes = 256 << 20 // some 10 ms
		reader := w.Loads.NewReader(pool, w.Memory)
		loads = func() float64 { return bytes / float64(reader.Read(bytes)) }
	}
	floats := func() float64 { return hw.TileRate(pool, isa, cmp.Or(w.Tile, "f32")) }
	return func(bound Limit) float64 {
		switch {
		case bound == MemoryWall:
			return loads()
		case bound == Int8Peak:
			return hw.TileRate(pool, isa, "int8")
		case bound == FloatPeak && row.Limit == MemoryWall:
			return floats() / w.Intensity
		case bound == FloatPeak:
			return floats()
		}
		return 0
	}
}
