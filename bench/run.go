package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/attend"
	"moebench/kernels/matmul"
)

// Run measures scenarios one after the other and hands out every sample as it
// is made. Rounds go through all of them again, every other one backwards, so
// that a machine that changes over the minutes favours no scenario.
type Run struct {
	ID       string
	Count    int // samples per scenario and round
	Rounds   int
	Progress func(format string, args ...any)
	Sample   func(Sample) error
	Done     func(p *Plan, round int) bool // leaves out what was measured before; may be nil
	Inspect  func(b *Bench) error          // sees every plan before its samples; may be nil
	Order    func(round int) [][]*Plan     // of the plans in a round, those in memory together side by side; nil: one by one, every other round backwards
}

// newRunID names a run after the time it begins.
func newRunID() string { return time.Now().UTC().Format("20060102T150405Z") }

// storeIn appends every sample to a file in a folder, too.
func (r *Run) storeIn(dir string, env hw.Environment) (*Store, error) {
	store, err := create(dir, r.ID, env)
	if err != nil {
		return nil, err
	}
	keep := r.Sample
	r.Sample = func(s Sample) error { return errors.Join(keep(s), store.Write(s)) }
	return store, nil
}

// Scenarios measures the plans. A cancelled context ends it after the current
// sample. Tier and threads are those of each plan's scenario; prefetch
// distances are found once per thread count.
func (r *Run) Scenarios(ctx context.Context, plans []*Plan) error {
	var turns []turn
	for round := range r.Rounds {
		for _, group := range r.order(plans, round) {
			if t := (turn{group, round}); r.open(t) {
				turns = append(turns, t)
			}
		}
	}
	begin := time.Now()
	for i, t := range turns {
		if !r.open(t) { // an earlier turn did what was missing
			continue
		}
		p := t.plans[0]
		r.Progress("[%d/%d] %s: %.1f GB%s", i+1, len(turns), p.Name(), gb(t.bytes()), timeLeft(begin, i, len(turns)))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.take(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// open says whether a turn has anything to do.
func (r *Run) open(t turn) bool {
	return r.Done == nil || slices.ContainsFunc(t.plans, func(p *Plan) bool { return !r.Done(p, t.round) })
}

// timeLeft says how long the rest of all steps will take, if they go on like those done
// since begin; nothing before the first is done.
func timeLeft(begin time.Time, done, all int) string {
	if done == 0 {
		return ""
	}
	left := time.Since(begin) / time.Duration(done) * time.Duration(all-done)
	return fmt.Sprintf(", about %s left", left.Round(time.Second))
}

// Pace says how far a loop is, every ten seconds and not more often.
type Pace struct {
	progress    func(format string, args ...any)
	what        string
	begin, said time.Time
}

// NewPace begins a loop over what there are many of.
func NewPace(progress func(format string, args ...any), what string) *Pace {
	now := time.Now()
	return &Pace{progress, what, now, now}
}

// Done tells how many of all are done.
func (p *Pace) Done(done, all int) {
	if now := time.Now(); now.Sub(p.said) >= 10*time.Second {
		p.said = now
		p.progress("%d of %d %s%s", done, all, p.what, timeLeft(p.begin, done, all))
	}
}

// Loading returns what Plan.Open and model.Files tell of weights made or read: it says how
// far that is, and ends it where ctx has ended.
func Loading(ctx context.Context, progress func(format string, args ...any)) func(parts, all int) error {
	pace := NewPace(progress, "parts of the weights")
	return func(parts, all int) error {
		pace.Done(parts, all)
		return ctx.Err()
	}
}

// turn is what is in memory together in one round: one plan, or several of one
// tier and number of threads whose samples alternate.
type turn struct {
	plans []*Plan
	round int
}

func (t turn) bytes() int64 {
	var n int64
	for _, p := range t.plans {
		n += p.Bytes()
	}
	return n
}

func (r *Run) order(plans []*Plan, round int) [][]*Plan {
	if r.Order != nil {
		return r.Order(round)
	}
	var order [][]*Plan
	for _, p := range plans {
		order = append(order, []*Plan{p})
	}
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

// take measures one turn.
func (r *Run) take(ctx context.Context, t turn) error {
	isa, err := hw.ParseISA(t.plans[0].ISA)
	if err != nil {
		return err
	}
	defer kernels.Limit(isa)()
	pool, err := hw.NewPool(t.plans[0].Threads)
	if err != nil {
		return err
	}
	defer pool.Close()
	defer pool.Pin()()
	if err := tune(pool); err != nil {
		return err
	}
	var benches []*Bench
	for _, p := range t.plans {
		b, err := p.Open(pool, Loading(ctx, r.Progress))
		if err != nil {
			return err
		}
		defer b.Close()
		if err := r.prove(ctx, b); err != nil {
			return err
		}
		benches = append(benches, b)
	}
	if !r.open(t) { // only Inspect was missing
		return nil
	}
	pace := NewPace(r.Progress, "samples")
	for i := range r.Count {
		pace.Done(i, r.Count)
		for _, b := range benches {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := r.Sample(b.Sample(r.ID, t.round*r.Count+i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// prove checks a plan in memory before its time is taken. Each step takes seconds where
// caches are long, so that an interruption is looked for between them.
func (r *Run) prove(ctx context.Context, b *Bench) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := b.Verify(); err != nil {
		return &WrongResult{err}
	}
	if ctx.Err() != nil || r.Inspect == nil {
		return ctx.Err()
	}
	return r.Inspect(b)
}

// tune finds how far ahead kernels ask for what they read, on this machine.
func tune(pool *hw.Pool) error {
	if _, err := matmul.Tune(pool); err != nil {
		return err
	}
	return attend.Tune(pool)
}
