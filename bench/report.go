package bench

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"moebench/hw"
	"moebench/kernels"
)

// Names of the files derived from samples.
const (
	benchfmtName = "bench.txt"
	tableName    = "table.md"
	plotName     = "tok_s-vs-active.svg"
)

// WriteReport derives everything else from samples: benchmark text, tables with
// the fit, and the plot of the common format if there is one.
func WriteReport(dir string, samples []Sample, env hw.Environment) error {
	results := Summarise(samples, env)
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{benchfmtName, func(w io.Writer) error { return WriteBenchfmt(w, samples, env) }},
		{tableName, func(w io.Writer) error { return WriteText(w, results) }},
	} {
		out, err := os.Create(filepath.Join(dir, f.name))
		if err != nil {
			return err
		}
		err = f.write(out)
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return err
		}
	}
	if common := commonFormat(results); len(common) > 0 {
		return WritePlot(filepath.Join(dir, plotName), common)
	}
	return nil
}

// WriteText prints the tables, and below them what explains speed.
func WriteText(w io.Writer, results []Result) error {
	if err := WriteTables(w, results); err != nil {
		return err
	}
	if common := commonFormat(results); len(common) > 0 {
		fmt.Fprintf(w, "\nEvery matrix in %s: %s\n", common[0].Format, Explain(common))
		var moe []Result
		for _, r := range common {
			if r.MoE() {
				moe = append(moe, r)
			}
		}
		if len(moe) < len(common) {
			fmt.Fprintf(w, "Mixture-of-experts models alone: %s\n", Explain(moe))
		}
	}
	return nil
}

// commonFormat picks the results that may be compared by parameters: one format
// for every matrix, so that bytes per active parameter are equal, and one
// context, batch, route, tier and thread count: those of the first such result.
func commonFormat(results []Result) []Result {
	var out []Result
	for _, r := range results {
		if _, err := kernels.ParseFormat(r.Format); err != nil {
			continue
		}
		same := r.Scenario
		if len(out) > 0 {
			same.Model = out[0].Model
			if same != out[0].Scenario {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// MoE says whether the model has routed experts: fewer active than total
// parameters, the embedding table aside.
func (r Result) MoE() bool {
	for _, l := range r.Layers {
		if len(l.Kind) > 4 && l.Kind[len(l.Kind)-4:] == "+moe" {
			return true
		}
	}
	return false
}
