package matmul

import (
	"sync"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

// candidates are the prefetch settings Tune tries. Machines differ: an AMD Zen 4, with a
// first-level cache of 32 KB, was fastest with 4 KiB near alone for few rows and far alone for
// many, an Intel Emerald Rapids with 1 KiB near and 16 KiB far.
var candidates = [...]Prefetch{
	{}, {Near: 1 << 10}, {Near: 2 << 10}, {Near: 4 << 10}, {Near: 8 << 10},
	{Far: 2 << 10}, {Far: 4 << 10}, {Far: 8 << 10},
	{Near: 1 << 10, Far: 8 << 10}, {Near: 1 << 10, Far: 16 << 10}, {Near: 2 << 10, Far: 8 << 10}, {Near: 4 << 10, Far: 16 << 10},
}

// Sizes of the tuning run: matrices far larger than a cache in all (in 192 MiB what is best
// in a model was not seen), each read once per turn; a slice of one candidate takes a few
// milliseconds.
const (
	tuneBytes  = 512 << 20 // or a sixteenth of the memory
	tunePart   = 2 << 20   // of one matrix
	tuneJobs   = 8         // matrices of a region, as of a layer's experts
	tuneRounds = 9
	tuneSlice  = 2 * time.Millisecond
)

// tuneCols are the widths of the matrices, which take turns, as those of gate and up, and of
// down.
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

// Tune finds the prefetch settings with which this machine multiplies fastest, in about a
// second a format, sets and returns them: with all workers, and with one alone. On a virtual Zen 4
// whose CPUs share a third-level cache, and a way to memory that one of them nearly fills, all
// settings are alike; when the host then puts them on two caches, what was chosen by chance read
// 84 % of what others did. The answer is kept for pools of the same size in the same tier.
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
		setPrefetch(f, s)
	}
	return found, nil
}

// CurrentPrefetches are the settings in use.
func CurrentPrefetches() Settings {
	s := Settings{}
	for _, f := range kernels.Formats() {
		s[f] = currentPrefetch(f)
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
	one, err := hw.NewPool(1)
	if err != nil {
		return nil, err
	}
	defer one.Close()
	regions := [...]*Region{NewRegion(pool), NewRegion(one)}
	for _, f := range []kernels.Format{kernels.MXFP4, kernels.FP8, kernels.INT8, kernels.BF16} {
		found[f] = Setting{newStream(regions[:], f, memory, 1).tune(f), newStream(regions[:], f, memory, TileTokens).tune(f)}
	}
	found[kernels.F16], found[kernels.F32] = found[kernels.BF16], found[kernels.BF16]
	return found, nil
}

// stream multiplies matrices one after the other, some in a region, round and round.
type stream struct {
	regions []*Region // of several pools, which take turns
	jobs    []Job
	at      int
}

// newStream fills the memory with matrices, to be multiplied with so many rows.
func newStream(regions []*Region, f kernels.Format, memory []byte, rows int) *stream {
	s := &stream{regions: regions, jobs: make([]Job, len(memory)/tunePart/tuneJobs*tuneJobs)}
	var inputs [len(tuneCols)]Input
	for i, cols := range tuneCols {
		inputs[i].Reset(make([]float32, rows*cols), cols, cols, nil, rows)
		inputs[i].Set(f)
	}
	for i := range s.jobs {
		cols := tuneCols[i%len(tuneCols)]
		height := tunePart / f.PanelBytes(cols) &^ 1 * kernels.PanelRows
		w := kernels.NewMatrix(func(n int64) []byte { return memory[:n] }, f, height, cols)
		memory = memory[tunePart:]
		s.jobs[i] = Job{W: w, X: &inputs[i%len(tuneCols)], Stride: height}
		if i < tuneJobs {
			s.jobs[i].Y = make([]float32, rows*height)
		} else {
			s.jobs[i].Y = s.jobs[i-tuneJobs].Y
		}
	}
	return s
}

// tune finds the best of the candidates.
func (s *stream) tune(f kernels.Format) Prefetch {
	return candidates[hw.Least(len(candidates), tuneRounds, func(i int) float64 {
		setPrefetch(f, Setting{candidates[i], candidates[i]})
		ns := 0.0
		for _, r := range s.regions {
			ns += s.slice(r, tuneSlice)
		}
		return ns
	})]
}

// slice runs for about d and returns nanoseconds per region.
func (s *stream) slice(r *Region, d time.Duration) float64 {
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n++ {
		for range tuneJobs {
			r.Add(s.jobs[s.at])
			s.at = (s.at + 1) % len(s.jobs)
		}
		r.Run()
	}
	return float64(time.Since(start)) / float64(n)
}
