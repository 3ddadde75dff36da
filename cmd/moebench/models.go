package main

import (
	"flag"
	"fmt"

	"moebench/bench"
	"moebench/hw"
)

var modelsCommand = command{
	name:    "models",
	summary: "the models that can be measured: parameters, bytes per token, whether they fit here",
	example: "moebench models -ctx 4k -format native",
	define: func(f *flag.FlagSet) func(environment) error {
		asJSON := f.Bool("json", false, "print one JSON object per model")
		ctx := f.String("ctx", "4k", "context in tokens")
		format := f.String("format", bench.Native, "native, or one format for every matrix")
		return func(env environment) error {
			n, err := bench.ParseSize(*ctx)
			if err != nil {
				return fmt.Errorf("-ctx: %w", err)
			}
			list, err := bench.Models(*format, n, hw.Memory())
			if err != nil {
				return err
			}
			if !*asJSON {
				return bench.WriteModels(env.stdout, list)
			}
			for _, m := range list {
				if err := env.json(m); err != nil {
					return err
				}
			}
			return nil
		}
	},
}
