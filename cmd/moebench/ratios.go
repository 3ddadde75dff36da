package main

import (
	"flag"
	"fmt"

	"moebench/bench"
	"moebench/ledger"
)

var ratiosCommand = command{
	name:    "ratios",
	summary: "published claims about DeepSeek V4 beside what is counted and measured here",
	example: "moebench ratios -count 12 -o results/ratios",
	define: func(f *flag.FlagSet) func(environment) error {
		name := f.String("convention", ledger.Conventions()[0].Name, "what counts as how much: fp8-equivalent, flops or bf16")
		counted := f.Bool("counted", false, "measure nothing: what the ledger says")
		ctx := f.String("ctx", "", "tokens a token sees (default: the context of the convention)")
		batch := f.String("batch", "1", "sequences that decode together; a list")
		count := f.Int("count", 12, "samples of each model")
		seed := f.Uint64("seed", 1, "of the synthetic weights, caches and routes")
		usd := f.Float64("usd-per-hour", 0, "price of this machine: adds what a million tokens cost on it")
		out := f.String("o", "", "folder for the samples; what is there already is not measured again")
		asJSON := f.Bool("json", false, "print one JSON object per claim")
		return func(env environment) error {
			c, err := ledger.ParseConvention(*name)
			if err != nil {
				return err
			}
			if *ctx != "" {
				n, err := bench.ParseSizes(*ctx, 1)
				if err != nil {
					return fmt.Errorf("-ctx: %w", err)
				}
				c.Context = n[0]
			}
			batches, err := bench.ParseSizes(*batch, 1)
			if err != nil {
				return fmt.Errorf("-batch: %w", err)
			}
			if batches[0] != 1 {
				batches = append([]int{1}, batches...)
			}
			rows, err := bench.Check(c)
			if err != nil {
				return err
			}
			if *count < 2 {
				return fmt.Errorf("-count is %d, want at least 2", *count)
			}
			if *usd < 0 || *usd > 0 && *counted {
				return fmt.Errorf("-usd-per-hour is %g, want a positive price, and measured speeds (no -counted)", *usd)
			}
			var costs []bench.Cost
			if !*counted {
				r := bench.Ratios{Convention: c, Count: *count, Rounds: 4, Seed: *seed, Dir: *out, Batches: batches, Progress: env.progress}
				if rows, err = r.Run(env, rows); err != nil {
					return err
				}
				if *usd > 0 {
					costs = bench.PriceTokens(r.Samples, *usd)
				}
			}
			if *asJSON {
				for _, r := range rows {
					if err := env.json(r); err != nil {
						return err
					}
				}
				for _, c := range costs {
					if err := env.json(c); err != nil {
						return err
					}
				}
				return nil
			}
			sensitivities, err := bench.Sensitivities(c)
			if err != nil {
				return err
			}
			growths, err := bench.Growths(c)
			if err != nil {
				return err
			}
			if err := bench.WriteClaims(env.stdout, c, rows, sensitivities, growths); err != nil || costs == nil {
				return err
			}
			return bench.WriteCosts(env.stdout, costs, *usd)
		}
	},
}
