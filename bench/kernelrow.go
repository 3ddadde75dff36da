package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

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

// Measure takes n samples: a slice of the kernel and a slice of its limit each.
func (row KernelRow) Measure(ctx context.Context, pool *hw.Pool, n int) (KernelResult, error) {
	isa := kernels.LimitISA()
	r := KernelResult{Name: row.Name, Limit: row.Limit, Unit: row.Limit.unit(), Target: row.Target, Elsewhere: row.Elsewhere, ISA: isa.String(), Runs: 1}
	if err := tune(pool); err != nil {
		return r, err
	}
	w, err := row.Open(pool)
	if err != nil {
		return r, fmt.Errorf("%s: %w", row.Name, err)
	}
	defer w.Close()
	ceilings, memory := row.ceilings(pool, isa, w), row.memory(pool, w)
	w.Step()
	var rates, memories, cached, hops []float64
	for range n {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		start := time.Now()
		rate := rateOf(w.Step, w.Spent, Slice)
		work := rate * float64(time.Since(start))
		for i := range ceilings {
			ceilings[i].sample(work)
		}
		rates, memories, hops = append(rates, rate), append(memories, measured(memory())), append(hops, measured(float64(pool.Hop())))
		if w.InCache != nil {
			cached = append(cached, rateOf(w.InCache, nil, Slice/5))
		}
	}
	r.Memory, r.Cached, r.HopNs = Number(median(memories)), Number(median(cached)), Number(median(hops))
	r.take(rates, ceilings)
	return r, nil
}

// take sets the rate, what bounds it, and its share of that, sample by sample. What no ceiling
// bounds is a time, and its share is that of the target.
func (r *KernelResult) take(rates []float64, ceilings []ceiling) {
	bound := ceiling{limit: r.Limit}
	shares := make([]float64, len(rates))
	if len(ceilings) > 0 {
		bound = lowest(ceilings)
	}
	for i, rate := range rates {
		if r.Limit == Latency {
			rates[i], shares[i] = 1/rate, r.Target*rate
		} else {
			shares[i] = rate / bound.rates[i]
		}
	}
	r.Rate, _ = interval(rates)
	r.Share, _ = interval(shares)
	r.Bound, r.Worst = bound.limit, Number(slices.Min(shares))
	r.Wall, r.Best, r.Bare = Number(median(bound.rates)), Number(median(bound.bests)), Number(median(bound.bare))
	r.judge()
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
