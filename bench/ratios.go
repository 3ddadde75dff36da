package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/ledger"
)

// Measured is a quotient of times per token with its interval, from samples of
// both models taken in turns.
type Measured struct {
	Ratio Number `json:"ratio"`
	Lo    Number `json:"lo"`
	Hi    Number `json:"hi"`
	N     int    `json:"n"`
}

// Ratios measures the models of the compute claims at the context of a convention.
type Ratios struct {
	Convention ledger.Convention
	Count      int // samples of each model
	Rounds     int // in which the samples are shared out, the order reversed each time
	Seed       uint64
	Dir        string // folder for the samples; "" = none
	Progress   func(format string, args ...any)
	// Batches are the numbers of sequences to measure with. Those for which the
	// models do not all fit with all their experts are left out, and said to be.
	Batches []int
	Samples map[Load][]Sample // after Run
}

// Load is one model with so many sequences.
type Load struct {
	Model string
	Batch int
}

// control is the model whose samples are compared with each other: how far from 1
// a quotient of equal things comes out here.
const control = "v4-flash"

// Run measures, and fills in the measured quotients of the rows; it adds a row
// that compares a model with itself.
func (r *Ratios) Run(ctx context.Context, rows []Checked) ([]Checked, error) {
	plans, err := r.plans()
	if err != nil {
		return rows, err
	}
	executed, err := r.measure(ctx, plans)
	if err != nil {
		return rows, err
	}
	aa := Checked{Claim: "control", Text: control + " against itself", Source: "here", Convention: r.Convention.Name,
		Published: 1, Counted: 1, Executed: 1, Stored: 1, Touched: 1, Verdict: "agrees", Measured: map[string]Measured{}}
	for load, samples := range r.Samples {
		if load.Model != control {
			continue
		}
		for i, claim := range Claims() {
			if claim.Quantity == Compute {
				if a, b := executed[claim.A], executed[claim.B]; a.MACs != nil && b.MACs != nil {
					rows[i].Executed = Number(a.FLOP(r.Convention) / b.FLOP(r.Convention))
				}
				rows[i].judge(claim, r.Samples, load.Batch)
			}
		}
		m := quotient(alternate(samples))
		aa.Measured[strconv.Itoa(load.Batch)] = m
		if !(m.Lo <= 1 && m.Hi >= 1) {
			aa.Verdict, aa.Reason = "differs", "the machine changed between samples: measured quotients are that far off too"
		}
	}
	return append(rows, aa), nil
}

// plans are the scenarios to measure.
func (r *Ratios) plans() ([]*Plan, error) {
	isa, err := kernels.EnvironmentISA()
	if err != nil {
		return nil, err
	}
	var plans []*Plan
	for _, batch := range r.Batches {
		var group []*Plan
		for _, id := range []string{"v3.2", "v4-pro", "v4-flash"} {
			p, err := NewPlan(Scenario{Model: id, Phase: "decode", Ctx: r.Convention.Context - 1, Batch: batch, Format: Native,
				Route: "uniform", ISA: isa.String(), Threads: len(hw.CPUs())}, MinCycle())
			if err != nil {
				return nil, err
			}
			memory := hw.Memory()
			if batch == 1 {
				p.Fit(memory)
			}
			switch err := p.Check(memory); {
			case err != nil && batch == 1:
				return nil, err
			case err != nil:
				r.Progress("batch %d left out: %v", batch, err)
			default:
				group = append(group, p)
			}
		}
		if len(group) == 3 {
			plans = append(plans, group...)
		}
	}
	return plans, nil
}

// measure fills in the samples, and returns what the kernels of every model did in
// one step.
func (r *Ratios) measure(ctx context.Context, plans []*Plan) (map[string]Executed, error) {
	executed := map[string]Executed{}
	perRound := (r.Count + r.Rounds - 1) / r.Rounds
	if err := r.resume(plans, perRound); err != nil {
		return nil, err
	}
	finished := map[Load]int{} // rounds measured before
	for load, s := range r.Samples {
		finished[load] = len(s) / perRound
	}
	run := Run{
		ID: time.Now().UTC().Format("20060102T150405Z"), Count: perRound, Rounds: r.Rounds, Seed: r.Seed, Progress: r.Progress,
		Sample: func(s Sample) error {
			load := Load{s.Model, s.Batch}
			r.Samples[load] = append(r.Samples[load], s)
			return nil
		},
		Inspect: func(b *Bench, _ int) {
			if _, known := executed[b.Model]; !known && b.Batch == 1 {
				executed[b.Model] = b.Executed()
			}
		},
		Done: func(p *Plan, round int) bool { return round < finished[Load{p.Model, p.Batch}] },
	}
	if r.Dir != "" {
		store, err := Create(r.Dir, run.ID, hw.Describe())
		if err != nil {
			return nil, err
		}
		defer store.Close()
		keep := run.Sample
		run.Sample = func(s Sample) error { return errors.Join(keep(s), store.Write(s)) }
	}
	return executed, run.Scenarios(ctx, plans)
}

// resume takes over the whole rounds of the same scenarios that earlier runs left
// in the folder.
func (r *Ratios) resume(plans []*Plan, perRound int) error {
	r.Samples = map[Load][]Sample{}
	if r.Dir == "" {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(r.Dir, "*"+sampleSuffix))
	if err != nil {
		return err
	}
	for _, path := range paths {
		samples, _, err := ReadRun(path)
		if err != nil {
			return err
		}
		for _, s := range samples {
			if slices.ContainsFunc(plans, func(p *Plan) bool { return p.Scenario == s.Scenario }) {
				load := Load{s.Model, s.Batch}
				r.Samples[load] = append(r.Samples[load], s)
			}
		}
	}
	for load, s := range r.Samples {
		r.Samples[load] = s[:min(len(s)/perRound, r.Rounds)*perRound]
		r.Progress("%s batch %d: %d samples are there already", load.Model, load.Batch, len(r.Samples[load]))
	}
	return nil
}

// judge adds the measured quotient of a compute claim, and says what sets the
// time where, with one sequence, it does not follow the bytes.
func (c *Checked) judge(claim Claim, samples map[Load][]Sample, batch int) {
	a, b := samples[Load{claim.A, batch}], samples[Load{claim.B, batch}]
	m := quotient(a, b)
	if c.Measured == nil {
		c.Measured = map[string]Measured{}
	}
	c.Measured[strconv.Itoa(batch)] = m
	if batch == 1 && math.Abs(float64(m.Ratio)/float64(c.Touched)-1) > 0.1 {
		share := func(s []Sample) float64 { return 100 * median(column(s, Sample.Share)) }
		c.Note = fmt.Sprintf("time follows arithmetic more than bytes: %s runs at %.0f %% of the wall, %s at %.0f %%", claim.A, share(a), claim.B, share(b))
	}
}

// quotient pairs samples by their turn, so that both saw the same machine.
func quotient(a, b []Sample) Measured {
	var q []float64
	for i := range min(len(a), len(b)) {
		q = append(q, (a[i].StepNs/float64(a[i].Rows()))/(b[i].StepNs/float64(b[i].Rows())))
	}
	i, _ := interval(q)
	return Measured{i.Median, i.Lo, i.Hi, i.N}
}

// alternate deals samples into two hands.
func alternate(s []Sample) (even, odd []Sample) {
	for i, x := range s {
		if i%2 == 0 {
			even = append(even, x)
		} else {
			odd = append(odd, x)
		}
	}
	return even, odd
}
