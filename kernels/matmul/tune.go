package matmul

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

// candidates are the prefetch settings Tune tries. Machines differ: an AMD Zen 4
// was fastest with 4 KiB near alone, an Intel Emerald Rapids with 1 KiB near and
// 16 KiB far.
var candidates = []Prefetch{
	{0, 0}, {1 << 10, 0}, {2 << 10, 0}, {4 << 10, 0}, {8 << 10, 0},
	{1 << 10, 8 << 10}, {1 << 10, 16 << 10}, {2 << 10, 8 << 10}, {4 << 10, 16 << 10},
}

// Sizes of the tuning run: matrices far larger than a cache in all, each read
// once per turn; a slice of one candidate takes a few milliseconds.
const (
	tuneBytes  = 192 << 20
	tuneCols   = 4096
	tuneRounds = 7
	tuneSlice  = 8 * time.Millisecond
)

// tuning is what the best setting depends on.
type tuning struct {
	workers int
	isa     hw.ISA
}

var tuned struct {
	sync.Mutex
	by map[tuning]Prefetch
}

// Tune finds the prefetch setting with which this machine streams MXFP4 weights
// fastest, in under a second, sets it and returns it. The answer is kept for
// pools of the same size in the same tier. Candidates take turns in short slices, so that a
// neighbour's noise meets them all.
func Tune(pool *hw.Pool) (Prefetch, error) {
	tuned.Lock()
	defer tuned.Unlock()
	key := tuning{pool.Size(), kernels.LimitISA()}
	if p, ok := tuned.by[key]; ok {
		SetPrefetch(p)
		return p, nil
	}
	rows := tuneBytes / int(kernels.MXFP4.Bytes(kernels.PanelRows, tuneCols)) * kernels.PanelRows
	arena, err := hw.NewArena(kernels.MXFP4.Bytes(rows, tuneCols) + 128)
	if err != nil {
		return Prefetch{}, err
	}
	defer arena.Free()
	arena.Prefault(pool)
	stream := newStream(pool, kernels.NewMatrix(arena.Alloc, kernels.MXFP4, rows, tuneCols))
	times := make([][]float64, len(candidates))
	for range tuneRounds {
		for i, p := range candidates {
			SetPrefetch(p)
			times[i] = append(times[i], stream.slice(tuneSlice))
		}
	}
	medians := make([]float64, len(candidates))
	for i, t := range times {
		slices.Sort(t)
		medians[i] = t[len(t)/2]
	}
	best := slices.IndexFunc(medians, func(m float64) bool { return cmp.Compare(m, slices.Min(medians)) == 0 })
	if tuned.by == nil {
		tuned.by = map[tuning]Prefetch{}
	}
	tuned.by[key] = candidates[best]
	SetPrefetch(candidates[best])
	return candidates[best], nil
}

// stream multiplies slices of a matrix one after the other, round and round.
type stream struct {
	region *Region
	parts  []kernels.Matrix
	in     Input
	y      []float32
	at     int
}

// newStream cuts the matrix into parts of about 4 MB.
func newStream(pool *hw.Pool, w *kernels.Matrix) *stream {
	s := &stream{region: NewRegion(pool)}
	panel, scales := w.Format.PanelBytes(w.Cols), w.Format.PanelScaleBytes(w.Cols)
	step := 4 << 20 / panel
	for p := 0; p+step <= w.Panels(); p += step {
		s.parts = append(s.parts, kernels.Matrix{Format: w.Format, Rows: step * kernels.PanelRows, Cols: w.Cols,
			Data: w.Data[p*panel : (p+step)*panel], Scales: w.Scales[p*scales : (p+step)*scales]})
	}
	s.in.Set(make([]float32, w.Cols), w.Cols, w.Cols, nil, 1, w.Format)
	s.y = make([]float32, step*kernels.PanelRows)
	return s
}

// slice runs for about d and returns nanoseconds per part.
func (s *stream) slice(d time.Duration) float64 {
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n++ {
		w := &s.parts[s.at]
		s.at = (s.at + 1) % len(s.parts)
		s.region.Add(Job{W: w, X: &s.in, Y: s.y, Stride: w.Rows})
		s.region.Run()
	}
	return float64(time.Since(start)) / float64(n)
}
