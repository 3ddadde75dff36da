package matmul

import (
	"slices"
	"sync"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

// candidates are the prefetch settings Tune tries for a format. Machines differ: an AMD Zen 4
// was fastest with 4 KiB near alone, an Intel Emerald Rapids with 1 KiB near and 16 KiB far; a
// Zen 5 read MXFP4 panels of 768 columns at 36 GB/s with 4 KiB near alone, and at 52 with the
// next chunk besides.
func candidates(f kernels.Format) []Prefetch {
	found := []Prefetch{{}, {Near: 1 << 10}, {Near: 2 << 10}, {Near: 4 << 10}, {Near: 8 << 10}}
	if pairs(f) {
		return append(found, Prefetch{Near: 1 << 10, Next: true}, Prefetch{Near: 2 << 10, Next: true}, Prefetch{Near: 4 << 10, Next: true})
	}
	return append(found, Prefetch{Near: 1 << 10, Far: 8 << 10}, Prefetch{Near: 1 << 10, Far: 16 << 10},
		Prefetch{Near: 2 << 10, Far: 8 << 10}, Prefetch{Near: 4 << 10, Far: 16 << 10})
}

// Sizes of the tuning run: matrices far larger than a cache in all (in 192 MiB what is best
// in a model was not seen), each read once per turn; a slice of one candidate takes a few
// milliseconds.
const (
	tuneBytes  = 512 << 20 // or a sixteenth of the memory
	tunePart   = 2 << 20   // of one matrix
	tuneRounds = 7
	tuneSlice  = 4 * time.Millisecond
)

// tuneCols are the widths of the matrices, as of gate and up, and of down: what is best for
// long panels may be bad for short ones.
var tuneCols = [...]int{4096, 768}

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
	bytes := int64(tuneBytes)
	if m := hw.Memory(); m.Total > 0 {
		bytes = min(bytes, m.Total/16)
	}
	arena, err := hw.NewArena(bytes)
	if err != nil {
		return nil, err
	}
	defer arena.Free()
	arena.Prefault(pool)
	memory := arena.Alloc(bytes)
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.FP8, kernels.INT8, kernels.BF16} {
		found[f] = Setting{newStream(pool, f, memory, 1).tune(f), newStream(pool, f, memory, TileTokens).tune(f)}
	}
	found[kernels.F16], found[kernels.F32] = found[kernels.BF16], found[kernels.BF16]
	return found, nil
}

// stream multiplies matrices one after the other, round and round: one of each width a turn.
type stream struct {
	region *Region
	turns  [][len(tuneCols)]Job
	at     int
}

// newStream fills the memory with matrices, to be multiplied with so many rows.
func newStream(pool *hw.Pool, f kernels.Format, memory []byte, rows int) *stream {
	s := &stream{region: NewRegion(pool), turns: make([][len(tuneCols)]Job, len(memory)/len(tuneCols)/tunePart)}
	for i, cols := range tuneCols {
		panels := tunePart / f.PanelBytes(cols)
		in, y := &Input{}, make([]float32, rows*panels*kernels.PanelRows)
		in.Set(make([]float32, rows*cols), cols, cols, nil, rows, f)
		for turn := range s.turns {
			w := kernels.NewMatrix(func(n int64) []byte { return memory[:n] }, f, panels*kernels.PanelRows, cols)
			memory = memory[tunePart:]
			s.turns[turn][i] = Job{W: w, X: in, Y: y, Stride: w.Rows}
		}
	}
	return s
}

// tune finds the best of the candidates, which take turns in short slices, so that a
// neighbour's noise meets them all.
func (s *stream) tune(f kernels.Format) Prefetch {
	candidates := candidates(f)
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

// slice runs for about d and returns nanoseconds per turn.
func (s *stream) slice(d time.Duration) float64 {
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n++ {
		for _, j := range s.turns[s.at] {
			s.region.Add(j)
		}
		s.at = (s.at + 1) % len(s.turns)
		s.region.Run()
	}
	return float64(time.Since(start)) / float64(n)
}
