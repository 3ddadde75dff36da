package main

import (
	"flag"
	"fmt"

	"moebench/bench"
)

var kernelsCommand = command{
	name:    "kernels",
	summary: "how far every hot kernel is from this machine's own limit",
	example: "moebench kernels -row routed-ffn -count 10",
	keeps:   true,
	define: func(f *flag.FlagSet) func(environment) error {
		row := f.String("row", "", "only rows whose names contain this")
		count := f.Int("count", 10, "samples of each row")
		runs := f.Int("runs", 1, "times to measure all rows: then medians of the runs are printed, and the worst run")
		asJSON := f.Bool("json", false, "print one JSON object per row")
		return func(env environment) error {
			if *count < 2 {
				return fmt.Errorf("-count is %d, want at least 2", *count)
			}
			if *runs < 1 {
				return fmt.Errorf("-runs is %d, want at least 1", *runs)
			}
			var results []bench.KernelResult // but for rows printed as they come
			err := bench.Kernels(env, *row, *count, *runs, env.progress, func(r bench.KernelResult) error {
				if *asJSON && *runs == 1 {
					return env.json(r)
				}
				results = append(results, r)
				return nil
			})
			joined := bench.JoinRuns(results)
			if *asJSON {
				for _, r := range joined {
					if e := env.json(r); e != nil {
						return e
					}
				}
			} else if len(joined) > 0 {
				if e := bench.WriteKernels(env.stdout, joined); e != nil {
					return e
				}
			}
			return err
		}
	},
}
