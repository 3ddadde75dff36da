package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"moebench/hw"
	"moebench/ledger"
)

// Ratios measures what claims about DeepSeek V4 say, and what bears on them: the
// same models at other contexts and batch sizes, and how well adding up layers
// stands for running whole models.
type Ratios struct {
	Convention ledger.Convention
	Count      int // samples of each scenario, half as many in the sweeps
	Rounds     int // in which the samples are shared out; the models take turns at being first
	Seed       uint64
	Dir        string // folder for the samples; "" = none
	Progress   func(format string, args ...any)
	Points     []Point       // where the three models are measured
	Validate   bool          // measure whole models beside sampled ones too
	Budget     time.Duration // leave out what would take longer in all; 0 = none

	Samples  map[Load][]Sample   // after Run
	Executed map[string]Executed // of one step at the convention's context, by model

	left []LeftOut
}

// Load is one scenario, and what of the model is in memory: samples of equal loads are
// of one distribution.
type Load struct {
	Scenario
	Extrapolated    bool // layers of each kind, not the whole model
	ResidentExperts int  // of a layer, if memory held fewer than all
}

func loadOf(s Scenario, c Counts) Load { return Load{s, c.Extrapolated, c.ResidentExperts} }

// control is the model whose samples are compared with each other: how far from 1
// a quotient of equal things comes out here.
const control = "v4-flash"

// Report counts the claims with the given ids (none: all), and measures unless
// only counting is wanted, or no claim or price asks for more. After an error, an
// interruption among them, the report holds what was done before; it is nil when nothing
// was begun.
func (r *Ratios) Report(ctx context.Context, ids []string, measure bool, usdPerHour float64) (*Report, error) {
	claims, err := Selected(ids)
	if err != nil {
		return nil, err
	}
	out := &Report{Convention: r.Convention, USDPerHour: usdPerHour}
	if out.Rows, err = Check(claims, r.Convention); err != nil {
		return nil, err
	}
	if out.Sensitivities, err = Sensitivities(r.Convention); err != nil {
		return nil, err
	}
	if r.Dir != "" {
		sayReplaced(r.Dir, claimsFile, r.Progress)
	}
	timed := func(c Claim) bool { return c.Quantity == Compute }
	if measure && usdPerHour == 0 && !slices.ContainsFunc(claims, timed) {
		r.Progress("nothing is measured: none of these claims is about compute, which takes time")
		measure = false
	}
	if measure {
		if err = r.measure(ctx); err != nil && len(r.Samples) == 0 && !errors.Is(err, context.Canceled) {
			return nil, err
		}
		out.Rows = append(out.Rows, r.fill(claims, out.Rows))
		out.Validations, out.Executed, out.LeftOut = r.Validations(), r.Executed, r.left
		if usdPerHour > 0 {
			out.Costs = r.Costs(usdPerHour)
		}
	}
	sweep, failed := SweepRows(r.Convention, r.reported(), r.samples)
	out.Sweep = sweep
	if err = errors.Join(err, failed); r.Dir != "" {
		err = errors.Join(err, out.WriteFiles(r.Dir))
	}
	return out, err
}

// reported are the points a report has rows for, in rising order: a few contexts,
// that of the convention among them, and whatever else was measured.
func (r *Ratios) reported() []Point {
	points := []Point{{4 << 10, 1}, {32 << 10, 1}, {sweepCtx, 1}, {r.Convention.Context, 1}}
	for _, p := range r.Points {
		if r.samples(control, p) != nil {
			points = append(points, p)
		}
	}
	slices.SortFunc(points, func(a, b Point) int { return cmp.Or(cmp.Compare(a.Ctx, b.Ctx), cmp.Compare(a.Batch, b.Batch)) })
	return slices.Compact(points)
}

// fill adds what was measured to the rows, and returns one more that compares a
// model with itself.
func (r *Ratios) fill(claims []Claim, rows []Checked) Checked {
	aa := Checked{Claim: "control", Text: control + " against itself", Source: "here", Convention: r.Convention.Name,
		Published: 1, Counted: 1, Executed: 1, Stored: 1, Touched: 1, Verdict: "not measured", Measured: map[string]Measured{}}
	for _, p := range r.Points {
		if p.Ctx != r.Convention.Context || r.samples(control, p) == nil {
			continue
		}
		for i, claim := range claims {
			if claim.Quantity == Compute {
				if a, b := r.Executed[claim.A], r.Executed[claim.B]; a != nil && b != nil { // counted before an interruption
					rows[i].Executed = Number(a.FLOP(r.Convention) / b.FLOP(r.Convention))
				}
				rows[i].judge(r.samples(claim.A, p), r.samples(claim.B, p), p.Batch)
			}
		}
		m := quotient(alternate(r.samples(control, p)))
		aa.Measured[strconv.Itoa(p.Batch)] = m
		if aa.Verdict == "not measured" {
			aa.Verdict = "agrees"
		}
		if !(m.Lo <= 1 && m.Hi >= 1) {
			aa.Verdict, aa.Reason = "differs", "the machine changed between samples: measured quotients are that far off too"
		}
	}
	return aa
}

// samples are those of a model at a point.
func (r *Ratios) samples(model string, p Point) []Sample {
	for load, s := range r.Samples {
		if load.Model == model && load.Ctx == p.Ctx-1 && load.Batch == p.Batch && load.Format == Native && load.Extrapolated {
			return s
		}
	}
	return nil
}

// measure fills in the samples, and what the kernels of every model did in one step.
func (r *Ratios) measure(ctx context.Context) (err error) {
	comparisons, err := r.comparisons(hw.Memory())
	if err != nil {
		return err
	}
	var plans []*Plan
	for _, c := range comparisons {
		plans = append(plans, c.plans...)
	}
	if err := r.resume(plans); err != nil {
		return err
	}
	if comparisons, err = r.affordable(comparisons); err != nil {
		return err
	}
	run := Run{
		ID: newRunID(), Count: r.perRound(), Rounds: r.Rounds, Progress: r.Progress,
		Sample:  r.add,
		Order:   func(round int) [][]*Plan { return order(comparisons, round) },
		Inspect: r.inspect,
		Done: func(p *Plan, round int) bool {
			return round < r.finished(p) && (!r.claimed(p) || r.Executed[p.Model] != nil)
		},
	}
	if r.Dir != "" {
		if free := hw.FreeDisk(filepath.Dir(filepath.Clean(r.Dir))); free >= 0 && free < needDisk {
			return &Failure{fmt.Errorf("%s: %d MB of disk are free, samples, table and plots take up to %d: without -o nothing is written", r.Dir, free>>20, needDisk>>20)}
		}
		store, failed := run.storeIn(r.Dir, hw.Describe())
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, store.Close()) }()
	}
	r.Progress("comparisons: %d, about %s to measure", len(comparisons), r.estimate(comparisons...).Round(time.Minute))
	return run.Scenarios(ctx, plans)
}

// needDisk is more than the files of a full run take.
const needDisk = 16 << 20

// perRound is the samples of a scenario in one round.
func (r *Ratios) perRound() int { return (r.Count + r.Rounds - 1) / r.Rounds }

// add takes in a sample. Where plans are measured together, one whose round was there already
// is measured again beside the other: the new sample counts instead of the old one.
func (r *Ratios) add(s Sample) error {
	load := loadOf(s.Scenario, s.Counts)
	old := slices.DeleteFunc(r.Samples[load], func(x Sample) bool { return x.Repeat == s.Repeat })
	r.Samples[load] = append(old, s)
	return nil
}

// finished is how many rounds of a plan are measured, in this run or an earlier one.
func (r *Ratios) finished(p *Plan) int {
	return len(r.Samples[loadOf(p.Scenario, p.Counts)]) / r.perRound()
}

// claimed says whether a plan is one token at the context of the claims.
func (r *Ratios) claimed(p *Plan) bool {
	return p.Batch == 1 && p.Ctx == r.Convention.Context-1 && slices.Contains(compared, p.Model)
}

// inspect counts what kernels do before their time is taken: a kernel that leaves
// work out must not be timed.
func (r *Ratios) inspect(b *Bench) error {
	if !r.claimed(b.Plan) || r.Executed[b.Model] != nil {
		return nil
	}
	e, err := b.Executed()
	if err == nil {
		err = e.Check()
	}
	if err != nil {
		return &WrongResult{fmt.Errorf("%s: %w", b.Model, err)}
	}
	r.Executed[b.Model] = e
	if r.Dir == "" {
		return nil
	}
	data, err := json.Marshal(r.Executed)
	if err != nil {
		return err
	}
	return os.WriteFile(r.executedFile(), data, 0o644)
}
