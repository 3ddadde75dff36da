package bench

import (
	"fmt"
	"io"

	"golang.org/x/perf/benchfmt"

	"moebench/hw"
)

// Name is the scenario as a Go benchmark name: its parts are data.
func (s Scenario) Name() string {
	return fmt.Sprintf("Decode/model=%s/ctx=%d/batch=%d/format=%s/route=%s/isa=%s/threads=%d",
		s.Model, s.Ctx, s.Batch, s.Format, s.Route, s.ISA, s.Threads)
}

// units are the metrics of a sample. Exact ones do not vary between samples.
var units = []struct {
	name, better string
	exact        bool
	value        func(Sample) float64
}{
	{"tok/s", "higher", false, Sample.TokS},
	{"GB/s", "higher", false, Sample.GBs},
	{"%wall", "higher", false, func(s Sample) float64 { return 100 * s.ShareOfWall() }},
	{"active-params", "", true, func(s Sample) float64 { return float64(s.ActiveParams) }},
	{"total-params", "", true, func(s Sample) float64 { return float64(s.TotalParams) }},
	{"flop/tok", "lower", true, func(s Sample) float64 { return float64(s.FLOPPerToken) }},
	{"KVB/tok", "lower", true, func(s Sample) float64 { return float64(s.CacheBytesPerToken) }},
}

// WriteBenchfmt writes samples in the format benchstat reads, one line each.
func WriteBenchfmt(w io.Writer, samples []Sample, env hw.Environment) error {
	for _, u := range units {
		line := "Unit " + u.name
		if u.better != "" {
			line += " better=" + u.better
		}
		if u.exact {
			line += " assume=exact"
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	out := benchfmt.NewWriter(w)
	for _, s := range samples {
		r := &benchfmt.Result{Name: benchfmt.Name(s.Name()), Iters: 1, Values: []benchfmt.Value{{Value: s.StepNs, Unit: "ns/op"}}}
		for _, c := range [][2]string{{"cpu", env.CPU}, {"kernel", env.Kernel}, {"go", env.Go}, {"commit", env.Commit}, {"huge-pages", env.HugePages}} {
			r.Config = append(r.Config, benchfmt.Config{Key: c[0], Value: []byte(c[1]), File: true})
		}
		for _, u := range units {
			r.Values = append(r.Values, benchfmt.Value{Value: u.value(s), Unit: u.name})
		}
		if err := out.Write(r); err != nil {
			return err
		}
	}
	return nil
}
