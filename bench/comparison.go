package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"moebench/hw"
	"moebench/kernels"
)

// compared are the models of the claims, the one divided by first.
var compared = []string{"v3.2", "v4-pro", "v4-flash"}

// Point is where the compared models are measured: how many tokens a token sees,
// itself included, and how many sequences decode together.
type Point struct{ Ctx, Batch int }

// sweepCtx is the context of batches: the longest power of two where 32 sequences
// of every model fit 24 GB.
const sweepCtx = 128 << 10

// SweepPoints are those of a full run, the claims' own first: one sequence and as
// many as fit at their context; batches at 128k; one sequence at shorter contexts.
func SweepPoints(context int) []Point {
	points := []Point{{context, 1}}
	for _, batch := range []int{32, 8} {
		points = append(points, Point{context, batch})
	}
	for batch := 1; batch <= 64; batch *= 2 {
		points = append(points, Point{sweepCtx, batch})
	}
	return append(points, Point{4 << 10, 1}, Point{32 << 10, 1})
}

// validated are the models measured whole and by layer: those that fit 24 GB.
var validated = []struct{ model, format string }{
	{"olmoe-1b-7b", "int8"}, {"v2-lite", "mxfp4"}, {"gpt-oss-20b", "mxfp4"}, {"qwen3-30b-a3b", "mxfp4"},
}

// comparison is plans whose times are divided by each other: they are measured
// one right after the other, or, where they fit, in memory together.
type comparison struct {
	what     string
	plans    []*Plan
	rounds   int // the sweeps take half of them
	together bool
}

// comparisons lists what to measure, in order of importance, and says what is
// left out because memory does not allow it.
func (r *Ratios) comparisons(memory hw.MemoryInfo) ([]comparison, error) {
	var all []comparison
	seen := map[Point]bool{}
	for _, p := range r.Points {
		c, err := r.fitting(p, memory)
		if err != nil {
			return nil, err
		}
		if len(c.plans) > 0 && !seen[Point{p.Ctx, c.plans[0].Batch}] {
			seen[Point{p.Ctx, c.plans[0].Batch}] = true
			all = append(all, c)
		}
	}
	if r.Validate {
		for _, v := range validated {
			c, err := r.wholeAndSampled(v.model, v.format, memory)
			if err != nil {
				r.leave("left out: %s whole: %v", v.model, err)
				continue
			}
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("nothing to measure fits into memory: ratios -counted measures nothing")
	}
	return all, nil
}

// fitting is the comparison at a point, or with fewer sequences where that many
// do not fit: that is said, and the point added to those of the run.
func (r *Ratios) fitting(p Point, memory hw.MemoryInfo) (comparison, error) {
	var first error
	for batch := p.Batch; batch > 0; batch /= 2 {
		plans, err := r.plansAt(Point{p.Ctx, batch}, memory)
		if err == nil {
			if first != nil {
				r.leave("batch %d at %d tokens: %d is the largest that fits: %v", p.Batch, p.Ctx, batch, first)
				r.Points = append(r.Points, Point{p.Ctx, batch})
			}
			rounds := r.Rounds
			if p.Ctx != r.Convention.Context {
				rounds = (rounds + 1) / 2
			}
			return comparison{fmt.Sprintf("%d tokens of context, batch %d", p.Ctx, batch), plans, rounds, false}, nil
		}
		if tooLarge := (*memoryError)(nil); !errors.As(err, &tooLarge) {
			return comparison{}, err
		}
		if first == nil {
			first = err
		}
	}
	r.leave("left out: batch %d at %d tokens: %v", p.Batch, p.Ctx, first)
	return comparison{}, nil
}

// leave says what is not measured, at once and in the report.
func (r *Ratios) leave(format string, args ...any) {
	r.Progress(format, args...)
	r.left = append(r.left, LeftOut{fmt.Sprintf(format, args...)})
}

// plansAt are the compared models at a point. With one sequence, models whose
// experts do not all fit hold fewer.
func (r *Ratios) plansAt(p Point, memory hw.MemoryInfo) ([]*Plan, error) {
	var plans []*Plan
	for _, id := range compared {
		plan, err := r.plan(Scenario{Model: id, Ctx: p.Ctx - 1, Batch: p.Batch, Format: Native}, MinCycle())
		if err != nil {
			return nil, err
		}
		if p.Batch == 1 {
			plan.Fit(memory)
		}
		if err := plan.Check(memory); err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// plan completes a scenario with what all of a run share.
func (r *Ratios) plan(s Scenario, cycle int64) (*Plan, error) {
	isa, err := kernels.EnvironmentISA()
	if err != nil {
		return nil, err
	}
	s.Phase, s.Route, s.ISA, s.Threads, s.Seed = "decode", "uniform", isa.String(), len(hw.CPUs()), r.Seed
	return NewPlan(s, cycle)
}

// wholeAndSampled are two plans of one scenario, in memory together.
func (r *Ratios) wholeAndSampled(id, format string, memory hw.MemoryInfo) (comparison, error) {
	c := comparison{what: id + " whole and by layer", rounds: r.Rounds, together: true}
	for _, cycle := range []int64{Whole, MinCycle()} {
		p, err := r.plan(Scenario{Model: id, Ctx: 4096, Batch: 1, Format: format}, cycle)
		if err == nil {
			err = p.Check(memory)
		}
		if err != nil {
			return c, err
		}
		c.plans = append(c.plans, p)
		memory.Available -= p.Bytes()
	}
	return c, nil
}

// affordable leaves out what would take longer than the budget. What is measured already
// takes nothing.
func (r *Ratios) affordable(all []comparison) ([]comparison, error) {
	if r.Budget == 0 {
		return all, nil
	}
	var kept []comparison
	left := r.Budget
	for _, c := range all {
		if t := r.estimate(c); t > left {
			r.leave("left out: %s: would take about %s of the %s there are", c.what, t.Round(time.Second), left.Round(time.Second))
		} else {
			left -= t
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("nothing can be measured in %s: ratios -counted measures nothing", r.Budget)
	}
	return kept, nil
}

// estimate is roughly how long the rounds of comparisons take that are not measured yet.
func (r *Ratios) estimate(all ...comparison) time.Duration {
	var t time.Duration
	for _, c := range all {
		for _, p := range c.plans {
			t += p.estimate(max(0, c.rounds-r.finished(p)), r.perRound())
		}
	}
	return t
}

// estimate is roughly how long a plan takes: filling memory, checking kernels, and
// samples with the wall beside them, on a machine that reads 20 GB/s and computes
// 50 GFLOP/s.
func (p *Plan) estimate(rounds, samples int) time.Duration {
	var step float64
	for i, k := range p.Kinds {
		total := p.lines(i, p.step()).Total()
		step += float64(len(k.Layers)) * (float64(p.bytes(total))/20e9 + float64(total.FLOP())/50e9)
	}
	fill := float64(p.Bytes())/1.5e9 + 2
	seconds := float64(rounds) * (fill + float64(samples)*2*max(step, Slice.Seconds()))
	return time.Duration(seconds * float64(time.Second))
}

// order is the plans of a round: comparisons one after the other, and in each
// another plan first every time, so that drift favours none.
func order(comparisons []comparison, round int) [][]*Plan {
	var out [][]*Plan
	for _, c := range comparisons {
		if round >= c.rounds {
			continue
		}
		at := round % len(c.plans)
		turned := append(slices.Clone(c.plans[at:]), c.plans[:at]...)
		if c.together {
			out = append(out, turned)
			continue
		}
		for _, p := range turned {
			out = append(out, []*Plan{p})
		}
	}
	return out
}
