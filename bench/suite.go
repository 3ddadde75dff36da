package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"moebench/hw"
)

// Suite is one invocation: a sweep, where its results go, and how.
type Suite struct {
	Sweep
	Count    int // samples per scenario, shared out over the rounds
	Rounds   int
	Cycle    int64  // see NewPlan; 0 = MinCycle, Whole = all layers
	Dir      string // "" = stdout only
	JSON     bool
	Progress func(format string, args ...any)
}

// dryRun is a scenario that would be measured.
type dryRun struct {
	Scenario
	Counts      Counts     `json:"costs"`
	WeightBytes int64      `json:"weight_bytes"` // in memory, as the caches
	CacheBytes  int64      `json:"cache_bytes"`
	WorkBytes   int64      `json:"work_bytes"` // about: working memory of a pass
	Kinds       []PlanKind `json:"kinds"`
}

// DryRun prints what Run would measure.
func (s Suite) DryRun(w io.Writer) error {
	plans, err := s.plans()
	if err != nil {
		return err
	}
	if _, err := os.ReadDir(s.Dir); s.Dir != "" && err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var b strings.Builder
	for _, p := range plans {
		if s.JSON {
			if err := json.NewEncoder(&b).Encode(dryRun{p.Scenario, p.Counts, p.weightBytes, p.cacheBytes, p.workBytes, p.Kinds}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(&b, "%s: %.1f GB of weights, %.2f GB of caches, %.2f GB of working memory;", p.Name(), gb(p.weightBytes), gb(p.cacheBytes), gb(p.workBytes))
		for _, k := range p.Kinds {
			fmt.Fprintf(&b, " %s %d of %d", k.Name, len(k.Layers), k.Count)
		}
		fmt.Fprintf(&b, "; %.3f GB per step", gb(p.Counts.BytesPerStep))
		if n := p.Counts.ResidentExperts; n > 0 {
			fmt.Fprintf(&b, "; only %d experts a layer in memory", n)
		}
		if n := p.sampling.Borrowers(); n > 0 {
			fmt.Fprintf(&b, "; layers that use the experts of others: %d (-whole: none)", n)
		}
		b.WriteByte('\n')
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func (s Suite) plans() ([]*Plan, error) {
	if s.Cycle == 0 {
		s.Cycle = MinCycle()
	}
	return s.Plans(hw.Memory(), s.Cycle)
}

// Run measures everything and prints results, also those finished before an
// interruption or an error.
func (s Suite) Run(ctx context.Context, w io.Writer) (err error) {
	plans, err := s.plans()
	if err != nil {
		return err
	}
	run := Run{ID: newRunID(), Count: (s.Count + s.Rounds - 1) / s.Rounds, Rounds: s.Rounds, Progress: s.Progress}
	var samples []Sample
	run.Sample = func(x Sample) error { samples = append(samples, x); return nil }
	env := hw.Describe()
	if s.Dir != "" {
		store, failed := run.storeIn(s.Dir, env)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		sayReplaced(s.Dir, tableFile, s.Progress)
	}
	err = run.Scenarios(ctx, plans)
	if len(samples) > 0 {
		err = errors.Join(err, s.report(w, samples, env))
	}
	return err
}

// report derives the files of the run's folder and prints results: each even if the
// other fails, printing last, for a closed pipe ends the program.
func (s Suite) report(w io.Writer, samples []Sample, env hw.Environment) (err error) {
	if s.Dir != "" {
		err = WriteReport(s.Dir, samples, env)
	}
	write := WriteText
	if s.JSON {
		write = WriteJSON
	}
	return errors.Join(err, write(w, Summarise(samples, env)))
}
