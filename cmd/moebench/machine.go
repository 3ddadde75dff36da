package main

import (
	"flag"

	"moebench/hw"
)

var machineCommand = command{
	name:    "machine",
	summary: "this machine: CPU, memory, and its measured limits",
	example: "moebench machine -json",
	define: func(f *flag.FlagSet) func(environment) error {
		asJSON := f.Bool("json", false, "print one JSON object")
		threads := f.Int("threads", len(hw.CPUs()), "workers to measure with")
		return func(env environment) error {
			pool, err := hw.NewPool(*threads)
			if err != nil {
				return err
			}
			defer pool.Close()
			m, err := hw.Measure(pool, func(step string) { env.progress("%s", step) })
			if err != nil {
				return err
			}
			if *asJSON {
				return env.json(m)
			}
			return m.Write(env.stdout)
		}
	},
}
