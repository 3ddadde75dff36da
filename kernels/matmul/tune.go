package matmul

import (
	"slices"
	"sync"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

// candidates are the prefetch settings Tune tries for a format and so many rows. Machines
// differ: an AMD Zen 4 was fastest with 4 KiB near alone, an Intel Emerald Rapids with 1 KiB
// near and 16 KiB far. Few rows read so fast that a chunk ahead is no better.
func candidates(f kernels.Format, rows int) []Prefetch {
	found := []Prefetch{{}, {Near: 1 << 10}, {Near: 2 << 10}, {Near: 4 << 10}, {Near: 8 << 10}}
	switch {
	case !pairs(f):
		return append(found, Prefetch{Near: 1 << 10, Far: 8 << 10}, Prefetch{Near: 1 << 10, Far: 16 << 10},
			Prefetch{Near: 2 << 10, Far: 8 << 10}, Prefetch{Near: 4 << 10, Far: 16 << 10})
	case rows >= halfTile:
		return append(found, Prefetch{Near: 1 << 10, Next: true}, Prefetch{Near: 2 << 10, Next: true}, Prefetch{Near: 4 << 10, Next: true})
	}
	return found
}

// Sizes of the tuning run: matrices far larger than a cache in all, each read
// once per turn; a slice of one candidate takes a few milliseconds.
const (
	tuneBytes  = 192 << 20
	tuneCols   = 4096
	tuneRounds = 7
	tuneSlice  = 4 * time.Millisecond
)

// tuning is what the best settings depend on.
type tuning struct {
	workers int
	isa     hw.ISA
}

// Settings are those of all formats.
type Settings map[kernels.Format]Setting

var tuned struct {
	sync.Mutex
	by map[tuning]Settings
}

// Tune finds the prefetch settings with which this machine multiplies fastest, in half a
// second a format, sets and returns them. The answer is kept for pools of the same size in
// the same tier.
func Tune(pool *hw.Pool) (Settings, error) {
	tuned.Lock()
	defer tuned.Unlock()
	key := tuning{pool.Size(), kernels.LimitISA()}
	found, ok := tuned.by[key]
	if !ok {
		var err error
		if found, err = tuneAll(pool); err != nil {
			return nil, err
		}
		if tuned.by == nil {
			tuned.by = map[tuning]Settings{}
		}
		tuned.by[key] = found
	}
	for f, s := range found {
		SetPrefetch(f, s)
	}
	return found, nil
}

// CurrentPrefetches are the settings in use.
func CurrentPrefetches() Settings {
	s := Settings{}
	for _, f := range kernels.Formats() {
		s[f] = CurrentPrefetch(f)
	}
	return s
}

// tuneAll finds the settings of the formats models come in, and gives those
// of BF16 to F16 and F32. The references fetch nothing.
func tuneAll(pool *hw.Pool) (Settings, error) {
	found := CurrentPrefetches()
	if kernels.LimitISA() == hw.Generic {
		return found, nil
	}
	arena, err := hw.NewArena(tuneBytes + 128)
	if err != nil {
		return nil, err
	}
	defer arena.Free()
	arena.Prefault(pool)
	memory := arena.Alloc(tuneBytes)
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.FP8, kernels.INT8, kernels.BF16} {
		panels := tuneBytes / f.PanelBytes(tuneCols)
		w := kernels.NewMatrix(func(n int64) []byte { return memory[:n] }, f, panels*kernels.PanelRows, tuneCols)
		found[f] = Setting{newStream(pool, w, 1).tune(), newStream(pool, w, TileTokens).tune()}
	}
	found[kernels.F16], found[kernels.F32] = found[kernels.BF16], found[kernels.BF16]
	return found, nil
}

// stream multiplies slices of a matrix one after the other, round and round.
type stream struct {
	region *Region
	parts  []*kernels.Matrix
	in     Input
	y      []float32
	at     int
}

// newStream cuts the matrix into parts of about 4 MB, to be multiplied with so many rows.
func newStream(pool *hw.Pool, w *kernels.Matrix, rows int) *stream {
	s := &stream{region: NewRegion(pool)}
	step := 4 << 20 / w.Format.PanelBytes(w.Cols)
	for p := 0; p+step <= w.Panels(); p += step {
		s.parts = append(s.parts, w.Part(p, p+step))
	}
	s.in.Set(make([]float32, rows*w.Cols), w.Cols, w.Cols, nil, rows, w.Format)
	s.y = make([]float32, rows*step*kernels.PanelRows)
	return s
}

// tune finds the best of the candidates, which take turns in short slices, so that a
// neighbour's noise meets them all.
func (s *stream) tune() Prefetch {
	f := s.parts[0].Format
	candidates := candidates(f, s.in.T)
	times := make([][]float64, len(candidates))
	for range tuneRounds {
		for i, p := range candidates {
			SetPrefetch(f, Setting{p, p})
			times[i] = append(times[i], s.slice(tuneSlice))
		}
	}
	medians := make([]float64, len(candidates))
	for i, t := range times {
		slices.Sort(t)
		medians[i] = t[len(t)/2]
	}
	return candidates[slices.Index(medians, slices.Min(medians))]
}

// slice runs for about d and returns nanoseconds per part.
func (s *stream) slice(d time.Duration) float64 {
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n++ {
		w := s.parts[s.at]
		s.at = (s.at + 1) % len(s.parts)
		s.region.Add(Job{W: w, X: &s.in, Y: s.y, Stride: w.Rows})
		s.region.Run()
	}
	return float64(time.Since(start)) / float64(n)
}
