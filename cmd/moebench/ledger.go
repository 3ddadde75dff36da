package main

import (
	"flag"
	"fmt"

	"moebench/bench"
	"moebench/ledger"
)

var ledgerCommand = command{
	name:    "ledger",
	summary: "parameters, multiply-accumulates and bytes of one token, line by line",
	example: "moebench ledger -model v4-pro -ctx 1000000 -convention fp8-equivalent",
	define: func(f *flag.FlagSet) func(environment) error {
		id := f.String("model", "v4-flash", "a model: see moebench models")
		ctx := f.String("ctx", "", "tokens the token sees, itself included (default: the context of the convention)")
		name := f.String("convention", ledger.Conventions()[0].Name, "what counts as how much: fp8-equivalent, flops or bf16")
		asJSON := f.Bool("json", false, "print one JSON object")
		return func(env environment) error {
			c, err := ledger.ParseConvention(*name)
			if err != nil {
				return err
			}
			context := 0
			if *ctx != "" {
				n, err := bench.ParseSizeFrom(*ctx, 1)
				if err != nil {
					return fmt.Errorf("-ctx: %w", err)
				}
				context = n
			}
			a, err := bench.NewAccount(*id, context, c)
			if err != nil {
				return err
			}
			if *asJSON {
				return env.json(a)
			}
			return a.Write(env.stdout, c)
		}
	},
}
