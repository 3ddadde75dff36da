package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"moebench/hw"
)

// The files WriteReport derives from samples.
const (
	benchFile = "results.bench.txt"
	tableFile = "table.md"
	plotFile  = "tok_s-vs-active.svg"
)

// WriteReport writes everything that is derived from samples into a folder:
// Go benchmark text, markdown tables with their fits, and the picture of speed
// against parameters. Existing files are replaced; samples are never touched, so
// a report can always be made again.
func WriteReport(dir string, samples []Sample, env hw.Environment) error {
	if len(samples) == 0 {
		return fmt.Errorf("nothing to report in %s: no samples", dir)
	}
	results := Summarise(samples, env)
	return writeFiles(dir, []derived{
		{benchFile, func(w io.Writer) error { return writeBenchfmt(w, samples, env) }},
		{tableFile, func(w io.Writer) error { return WriteText(w, results) }},
		{plotFile, func(w io.Writer) error { return writePlot(w, common(results)) }},
	})
}

// sayReplaced warns of a file an earlier run derived from its samples.
func sayReplaced(dir, file string, progress func(format string, args ...any)) {
	if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
		progress("%s: table and plots of an earlier run there are replaced, its samples stay", dir)
	}
}

// derived is a file made from samples.
type derived struct {
	name  string
	write func(io.Writer) error
}

func writeFiles(dir string, files []derived) error {
	for _, f := range files {
		// Everything is made before the file is opened: an error leaves the old
		// file whole.
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// common is what the picture shows: results of models that differ in nothing but
// the model. One format for all makes parameters comparable, so such a group goes
// before native ones; then the one with more models, then the first.
func common(results []Result) []Result {
	var best []Result
	native := true
	for _, g := range groups(results) {
		isNative := g.Format == Native
		if best == nil || native && !isNative || native == isNative && len(g.results) > len(best) {
			best, native = g.results, isNative
		}
	}
	return best
}

// WriteJSON writes one object per row, a line each.
func WriteJSON[T any](w io.Writer, rows []T) error {
	e := json.NewEncoder(w)
	for _, r := range rows {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
