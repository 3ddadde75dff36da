package main

import (
	"cmp"
	"flag"
	"fmt"
	"path/filepath"
	"strings"

	"moebench/bench"
	"moebench/hw"
)

var runCommand = command{
	name:    "run",
	summary: "measure tokens per second of models at their real sizes",
	example: "moebench run -model olmoe-1b-7b,gpt-oss-20b -ctx 4k -format mxfp4,native -o results/today",
	keeps:   true,
	define: func(f *flag.FlagSet) func(environment) error {
		var (
			dir     = f.String("checkpoint", "", "measure the weights of this folder instead of synthetic ones of -model")
			phase   = f.String("phase", "decode", "decode (one token of every sequence a step) or prefill (-tokens of every sequence)")
			tokens  = f.String("tokens", "", "tokens of a step of prefill (default 512)")
			models  = f.String("model", bench.All, "models, comma-separated: see moebench models")
			ctx     = f.String("ctx", "4k", "tokens already in the caches; a list")
			batch   = f.String("batch", "1", "sequences that decode together; a list")
			format  = f.String("format", bench.Native, "native (as shipped), or one format for every matrix: f32 bf16 f16 fp8 mxfp4 int8; a list")
			route   = f.String("route", "uniform", "how experts are chosen: router (its own scores), uniform, zipf[:S], sticky[:P] or trace:FILE; a list")
			threads = f.String("threads", fmt.Sprint(len(hw.CPUs())), "workers, one per CPU; a list")
			isa     = f.String("isa", "", "highest instruction tier: generic avx2 avx512 avx512vnni avx512vbmi avx512bf16 (default: the best)")
			count   = f.Int("count", 10, "samples per scenario, rounded up to whole rounds")
			rounds  = f.Int("rounds", 1, "passes over all scenarios that share out the samples, every other one backwards")
			whole   = f.Bool("whole", false, "put every layer into memory instead of a few of each kind")
			seed    = f.Uint64("seed", bench.DefaultSeed, "of the synthetic weights, caches and routes")
			out     = f.String("o", "", "folder for samples, tables and plots")
			asJSON  = f.Bool("json", false, "print one JSON object per scenario")
			dry     = f.Bool("dry-run", false, "print what would be measured, and the memory it takes")
		)
		return func(env environment) error {
			sweep := bench.Sweep{Models: list(*models), Formats: list(*format), Routes: list(*route), ISA: *isa, Seed: *seed}
			if *dir != "" {
				if *models != bench.All {
					return fmt.Errorf("-checkpoint %s and -model %s: want one of them", *dir, *models)
				}
				path, err := filepath.Abs(*dir)
				if err != nil {
					return err
				}
				sweep.Models = []string{path}
			}
			switch *phase {
			case "decode":
				if *tokens != "" {
					return fmt.Errorf("-tokens is of -phase prefill: a step of decode is one token")
				}
			case "prefill":
				n, err := bench.ParseSizeFrom(cmp.Or(*tokens, "512"), 1)
				if err != nil {
					return fmt.Errorf("-tokens: %w", err)
				}
				sweep.Tokens = n
			default:
				return fmt.Errorf("-phase is %q, want decode or prefill", *phase)
			}
			for _, l := range []struct {
				flag  string
				text  string
				least int
				dst   *[]int
			}{{"ctx", *ctx, 0, &sweep.Ctx}, {"batch", *batch, 1, &sweep.Batch}, {"threads", *threads, 1, &sweep.Threads}} {
				var err error
				if *l.dst, err = bench.ParseSizes(l.text, l.least); err != nil {
					return fmt.Errorf("-%s: %w", l.flag, err)
				}
			}
			if *rounds < 1 || *count < *rounds {
				return fmt.Errorf("-count is %d and -rounds %d, want at least 1, and a sample in every round", *count, *rounds)
			}
			s := bench.Suite{Sweep: sweep, Count: *count, Rounds: *rounds, Dir: *out, JSON: *asJSON, Progress: env.progress}
			if *whole {
				s.Cycle = bench.Whole
			}
			if *dry {
				return s.DryRun(env.stdout)
			}
			return s.Run(env, env.stdout)
		}
	},
}

func list(text string) []string {
	items := strings.Split(text, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}
