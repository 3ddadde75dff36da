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
	define: func(f *flag.FlagSet) func(environment) error {
		row := f.String("row", "", "only rows whose names contain this")
		count := f.Int("count", 10, "samples of each row")
		asJSON := f.Bool("json", false, "print one JSON object per row")
		return func(env environment) error {
			if *count < 2 {
				return fmt.Errorf("-count is %d, want at least 2", *count)
			}
			var results []bench.KernelResult
			err := bench.Kernels(env, *row, *count, env.progress, func(r bench.KernelResult) error {
				results = append(results, r)
				if *asJSON {
					return env.json(r)
				}
				return nil
			})
			if *asJSON || len(results) == 0 {
				return err
			}
			if e := bench.WriteKernels(env.stdout, results); e != nil {
				return e
			}
			return err
		}
	},
}
