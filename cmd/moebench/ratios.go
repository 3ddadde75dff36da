package main

import (
	"flag"
	"fmt"
	"math"

	"moebench/bench"
	"moebench/ledger"
)

var ratiosCommand = command{
	name:    "ratios",
	summary: "published claims about DeepSeek V4 beside what is counted, executed, stored and measured here",
	example: "moebench ratios -o results/ratios -usd-per-hour 0.1",
	keeps:   true,
	define: func(f *flag.FlagSet) func(environment) error {
		name := f.String("convention", ledger.Conventions()[0].Name, "what counts as how much: fp8-equivalent, flops or bf16")
		claim := f.String("claim", "", "claims to check; a list (default: all); only those about compute take measuring")
		counted := f.Bool("counted", false, "measure nothing: what the ledger says")
		quick := f.Bool("quick", false, "measure one sequence at the context of the convention alone")
		ctx := f.String("ctx", "", "tokens a token sees (default: the context of the convention)")
		batch := f.String("batch", "", "sequences that decode together, at that context alone; a list (default: the sweeps of a full run)")
		count := f.Int("count", 12, "samples of each scenario, in four rounds, rounded up to whole ones")
		seed := f.Uint64("seed", bench.DefaultSeed, "of the synthetic weights, caches and routes")
		usd := f.Float64("usd-per-hour", 0, "price of this machine: adds what a million tokens cost on it")
		budget := f.Duration("time", 0, "leave out what would not fit into this time, such as 10m (default: nothing)")
		out := f.String("o", "", "folder for samples, table and plots; what is there already is not measured again")
		asJSON := f.Bool("json", false, "print one JSON object a line, of kind claim, sensitivity, point (of the sweeps), whole-model, cost or left-out")
		return func(env environment) error {
			c, err := ledger.ParseConvention(*name)
			if err != nil {
				return err
			}
			if *ctx != "" {
				n, err := bench.ParseSizeFrom(*ctx, 1)
				if err != nil {
					return fmt.Errorf("-ctx: %w", err)
				}
				c.Context = n
			}
			r := bench.Ratios{Convention: c, Count: *count, Rounds: 4, Seed: *seed, Dir: *out, Budget: *budget, Progress: env.progress}
			switch {
			case *batch != "":
				batches, err := bench.ParseSizes(*batch, 1)
				if err != nil {
					return fmt.Errorf("-batch: %w", err)
				}
				for _, b := range batches {
					r.Points = append(r.Points, bench.Point{Ctx: c.Context, Batch: b})
				}
			case *quick:
				r.Points = []bench.Point{{Ctx: c.Context, Batch: 1}}
			default:
				r.Points, r.Validate = bench.SweepPoints(c.Context), true
			}
			switch {
			case *quick && *batch != "":
				return fmt.Errorf("-quick and -batch %s: want one of them, -quick is batch 1", *batch)
			case *count < 2:
				return fmt.Errorf("-count is %d, want at least 2", *count)
			case !(*usd >= 0 && *usd <= math.MaxFloat64) || *usd > 0 && *counted:
				return fmt.Errorf("-usd-per-hour is %g, want a positive price, and measured speeds (no -counted)", *usd)
			case *budget < 0:
				return fmt.Errorf("-time is %s, want a positive duration", *budget)
			}
			var ids []string
			if *claim != "" {
				ids = list(*claim)
			}
			report, err := r.Report(env, ids, !*counted, *usd)
			if report == nil {
				return err
			}
			write := report.Write
			if *asJSON {
				write = report.WriteJSON
			}
			if e := write(env.stdout); e != nil {
				return e
			}
			return err
		}
	},
}
