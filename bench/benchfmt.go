package bench

import (
	"io"
	"slices"

	"golang.org/x/perf/benchfmt"

	"moebench/hw"
)

// units are the columns of a benchmark line. Exact ones come from the ledger:
// benchstat then warns if they ever vary, and shows no p-value for them. Rates
// are spelled GB/s because benchstat would turn MB/s into binary GiB/s.
var units = []struct {
	name, key, says string
	value           func(Sample) float64
}{
	{"tok/s", "better", "higher", Sample.TokS},
	{"GB/s", "better", "higher", Sample.GBs},
	{"%wall", "better", "higher", func(s Sample) float64 { return 100 * s.Share() }},
	{"%limit", "better", "higher", func(s Sample) float64 { return 100 * s.ShareOfLimit() }},
	{"active-params", "assume", "exact", func(s Sample) float64 { return float64(s.ActiveParams) }},
	{"total-params", "assume", "exact", func(s Sample) float64 { return float64(s.TotalParams) }},
	{"flop/tok", "assume", "exact", func(s Sample) float64 { return float64(s.FLOPPerToken) }},
	{"KVB/tok", "assume", "exact", func(s Sample) float64 { return float64(s.CacheBytesPerToken) }},
}

// writeBenchfmt writes samples in the Go benchmark format, one line each, for
// benchstat and its relatives. The machine precedes them as configuration lines,
// by which those tools keep machines apart. Values that are missing are left out
// of a line, which is how the format says so.
func writeBenchfmt(w io.Writer, samples []Sample, env hw.Environment) error {
	config, err := benchConfig(env)
	if err != nil {
		return err
	}
	out := benchfmt.NewWriter(w)
	for _, u := range units {
		m := &benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.name, Key: u.key}, OrigUnit: u.name, Value: u.says}
		if err := out.Write(m); err != nil {
			return err
		}
	}
	for _, s := range samples {
		r := &benchfmt.Result{Config: config, Name: benchfmt.Name(s.Name()), Iters: 1}
		for _, u := range units {
			if v := u.value(s); Number(v).Known() {
				r.Values = append(r.Values, benchfmt.Value{Value: v, Unit: u.name})
			}
		}
		if err := out.Write(r); err != nil {
			return err
		}
	}
	return nil
}

// volatile are the facts that change between runs on one machine, or between the
// two commits one wants to compare. As configuration lines they would make
// benchstat put every run into a table of its own; the environment record has them.
var volatile = []string{"anon-huge-pages", "commit", "cpu-pressure", "load", "memory", "steal"}

func benchConfig(env hw.Environment) ([]benchfmt.Config, error) {
	list, err := facts(env)
	if err != nil {
		return nil, err
	}
	var config []benchfmt.Config
	for _, f := range list {
		if !slices.Contains(volatile, f.key) {
			config = append(config, benchfmt.Config{Key: f.key, Value: []byte(f.value), File: true})
		}
	}
	return config, nil
}
