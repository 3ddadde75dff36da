package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
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

// KernelRow is one kernel at one size, and what share of its limit it should
// reach. Adding a row is adding a literal.
type KernelRow struct {
	Name      string // a benchmark name: /key=value are dimensions
	Limit     Limit
	Target    float64
	Elsewhere string // what other engines reach, from the map of that name
	Open      func(pool *hw.Pool) (*KernelWork, error)
}

// KernelWork is a row ready to run. Its results were compared with a reference
// before: a wrong kernel is not timed.
type KernelWork struct {
	Step    func() float64       // runs once, and returns the bytes, FLOP or calls it took
	Spent   func() time.Duration // of steps so far, with what is counted; nil: all their time
	InCache func() float64       // the same without waiting for memory; nil if that is not known
	Memory  []byte               // what it streams, where memory may be the limit,
	Loads   hw.Wall              // and how it does so; zero if that is not known
	Close   func()

	// Intensity is the FLOP of a byte it streams, where memory and arithmetic may both be what
	// limits it: the one that is not Limit is measured too. 0 where that is far away.
	Intensity float64
	// Tile is the arithmetic of its register tile, of hw.TileRate, where floats are the
	// limit: "f32" if empty.
	Tile string
}

// KernelResult is a row measured here, in GB/s, GFLOP/s or, for Latency, ns.
type KernelResult struct {
	Name      string   `json:"name"`
	Limit     Limit    `json:"limit"`
	Unit      string   `json:"unit"`  // of the rate
	Bound     Limit    `json:"bound"` // what was lowest here: the limit, or arithmetic below the memory wall
	ISA       string   `json:"isa"`
	Rate      Interval `json:"rate"`
	Wall      Number   `json:"wall"`        // median of the limit, measured beside every sample as long; null for Latency
	Best      Number   `json:"best"`        // of arithmetic, median of its best millisecond beside every sample; null for others
	Memory    Number   `json:"memory"`      // where the limit is arithmetic, median rate at which memory would let it do its work; null: not measured, or far above
	Cached    Number   `json:"in_cache"`    // median rate while operands stay in cache; null: not measured
	Bare      Number   `json:"bare"`        // median rate of what bounds it alone: loads as the kernel's, without arithmetic, or a register tile (hw.TileRate)
	Share     Interval `json:"share"`       // of the limit, sample by sample; target / time for Latency
	Worst     Number   `json:"worst_share"` // of all samples or, of several runs, the worst run's median
	Runs      int      `json:"runs"`
	Target    float64  `json:"target"`
	Elsewhere string   `json:"elsewhere"` // KernelRow's
	Met       bool     `json:"met"`       // the median reaches the target
}

// Measure takes n samples: a slice of the kernel and a slice of its limit each.
func (row KernelRow) Measure(ctx context.Context, pool *hw.Pool, n int) (KernelResult, error) {
	isa := kernels.LimitISA()
	r := KernelResult{Name: row.Name, Limit: row.Limit, Unit: row.Limit.unit(), Bound: row.Limit, Target: row.Target, Elsewhere: row.Elsewhere, ISA: isa.String(), Runs: 1}
	if _, err := matmul.Tune(pool); err != nil {
		return r, err
	}
	w, err := row.Open(pool)
	if err != nil {
		return r, fmt.Errorf("%s: %w", row.Name, err)
	}
	defer w.Close()
	limit, memory, alone := row.limit(pool, isa, w), row.memory(pool, w), row.bare(pool, isa, w)
	w.Step()
	var rates, walls, bests, shares, memories, cached, bare []float64
	for range n {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		rate, bound, best := row.pair(w, limit)
		if peak, ofPeak := row.arithmetic(pool, isa, w); peak > 0 && peak < bound {
			bound, best, r.Bound = peak, ofPeak, FloatPeak
		}
		bests = append(bests, measured(best))
		memories, bare = append(memories, measured(memory())), append(bare, measured(alone(r.Bound)))
		if w.InCache != nil {
			cached = append(cached, rateOf(w.InCache, nil, Slice/5))
		}
		rates, walls = append(rates, rate), append(walls, bound)
		if row.Limit == Latency {
			shares = append(shares, row.Target/rate)
		} else {
			shares = append(shares, ratio(rate, bound))
		}
	}
	r.Rate, _ = interval(rates)
	r.Share, _ = interval(shares)
	r.Memory, r.Cached, r.Bare = Number(median(memories)), Number(median(cached)), Number(median(bare))
	r.Wall, r.Best, r.Worst = Number(median(walls)), Number(median(bests)), Number(slices.Min(shares))
	if row.Limit == Latency {
		r.Wall = Number(math.NaN())
	}
	r.judge()
	return r, nil
}

func (r *KernelResult) judge() {
	r.Met = float64(r.Share.Median) >= r.Target || r.Limit == Latency && float64(r.Rate.Median) <= r.Target
}

// JoinRuns makes one result of every row: medians over its runs, and the worst of them.
// A row that ran once stays as it is.
func JoinRuns(results []KernelResult) []KernelResult {
	var names []string
	runs := map[string][]KernelResult{}
	for _, r := range results {
		if runs[r.Name] == nil {
			names = append(names, r.Name)
		}
		runs[r.Name] = append(runs[r.Name], r)
	}
	var joined []KernelResult
	for _, name := range names {
		of := runs[name]
		r := of[0]
		if r.Runs = len(of); r.Runs > 1 {
			shares := column(of, func(r KernelResult) float64 { return float64(r.Share.Median) })
			r.Rate, _ = interval(column(of, func(r KernelResult) float64 { return float64(r.Rate.Median) }))
			r.Share, _ = interval(shares)
			middle := func(field func(KernelResult) Number) Number {
				return Number(median(column(of, func(r KernelResult) float64 { return float64(field(r)) })))
			}
			r.Wall = middle(func(r KernelResult) Number { return r.Wall })
			r.Best = middle(func(r KernelResult) Number { return r.Best })
			r.Memory = middle(func(r KernelResult) Number { return r.Memory })
			r.Cached = middle(func(r KernelResult) Number { return r.Cached })
			r.Bare = middle(func(r KernelResult) Number { return r.Bare })
			r.Worst = Number(slices.Min(shares))
			r.judge()
		}
		joined = append(joined, r)
	}
	return joined
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

// pair is one sample: the rate of the kernel, or the time of a call, and its limit
// right after.
func (row KernelRow) pair(w *KernelWork, limit func(work float64) (rate, best float64)) (rate, bound, best float64) {
	start := time.Now()
	rate = rateOf(w.Step, w.Spent, Slice)
	if row.Limit == Latency {
		return 1 / rate, 0, 0
	}
	bound, best = limit(rate * float64(time.Since(start)))
	return rate, bound, best
}

// rateOf is the work of step per nanosecond, over a slice of time, or of what was spent of that.
func rateOf(step func() float64, spent func() time.Duration, slice time.Duration) float64 {
	start := time.Now()
	if spent == nil {
		spent = func() time.Duration { return time.Since(start) }
	}
	work, before := 0.0, spent()
	for time.Since(start) < slice {
		work += step()
	}
	return work / float64(spent()-before)
}

// Kernels measures the rows whose names contain text, all of them runs times, and hands
// out every result as it is made.
func Kernels(ctx context.Context, text string, samples, runs int, progress func(string, ...any), result func(KernelResult) error) error {
	rows := KernelRows()
	var chosen []KernelRow
	for _, r := range rows {
		if strings.Contains(r.Name, text) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 {
		var names []string
		for _, r := range rows {
			names = append(names, r.Name)
		}
		return fmt.Errorf("no kernel row has %q in its name: there are %s", text, strings.Join(names, ", "))
	}
	if _, err := kernels.EnvironmentISA(); err != nil {
		return err
	}
	pool, err := hw.NewPool(len(hw.CPUs()))
	if err != nil {
		return err
	}
	defer pool.Close()
	defer pool.Pin()()
	begin, all := time.Now(), len(chosen)*runs
	for i := range all {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		row := chosen[i%len(chosen)]
		progress("[%d/%d] %s%s", i+1, all, row.Name, timeLeft(begin, i, all))
		r, err := row.Measure(ctx, pool, samples)
		if err != nil {
			return err
		}
		if err := result(r); err != nil {
			return err
		}
	}
	return nil
}

// WriteKernels prints results as a table.
func WriteKernels(w io.Writer, results []KernelResult) error {
	var b strings.Builder
	worst := "worst"
	if len(results) > 0 {
		fmt.Fprintf(&b, "%s, %d threads, %s. Rate, limit and share are each a median", hw.Describe().CPU, len(hw.CPUs()), results[0].ISA)
		if n := results[0].Runs; n > 1 {
			worst = "worst run"
			fmt.Fprintf(&b, " of %d runs", n)
		}
		b.WriteString(".\n\n")
	}
	table := [][]string{{"kernel", "rate", "unit", "in cache", "memory", "bare", "limit", "of", "best ms", "% of limit [lo..hi]", worst, "target", "", "elsewhere"}}
	for _, r := range results {
		line := []string{r.Name, digits(r.Rate.Median), r.Unit, known(r.Cached), known(r.Memory), known(r.Bare), string(r.Bound), known(r.Wall), known(r.Best)}
		if r.Limit == Latency {
			line = append(line, "-", digits(Number(r.Target)/r.Worst), digits(Number(r.Target)))
		} else {
			share := Interval{100 * r.Share.Median, 100 * r.Share.Lo, 100 * r.Share.Hi, r.Share.N}
			line = append(line, share.String(), digits(100*r.Worst), digits(Number(100*r.Target)))
		}
		met := "below"
		if r.Met {
			met = "met"
		}
		table = append(table, append(line, met, cmp.Or(r.Elsewhere, "-")))
	}
	writeAligned(&b, table)
	b.WriteString(kernelsLegend)
	_, err := io.WriteString(w, b.String())
	return err
}

const kernelsLegend = `
in cache: while operands stay there. memory: what the memory wall alone would let the row do. bare: loads without
arithmetic, or arithmetic of a register tile. elsewhere: % of its machine's own limit, or ns, that another engine was
measured at in November 2026, 2 threads of an Intel Emerald Rapids (A) or AMD Zen 4 (B).
`
