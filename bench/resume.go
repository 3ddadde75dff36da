package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"moebench/hw"
)

// executedFile keeps what kernels did at one context.
func (r *Ratios) executedFile() string {
	return filepath.Join(r.Dir, fmt.Sprintf("executed-%d.json", r.Convention.Context))
}

// readExecuted takes over what was counted before.
func (r *Ratios) readExecuted() error {
	data, err := os.ReadFile(r.executedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &r.Executed); err != nil {
		return fmt.Errorf("%s: %w: remove it to count again", r.executedFile(), err)
	}
	if r.Executed == nil {
		return fmt.Errorf("%s: null, want an object: remove it to count again", r.executedFile())
	}
	for id, e := range r.Executed {
		if err := e.Check(); err != nil {
			return fmt.Errorf("%s: %s: %w: remove it to count again", r.executedFile(), id, err)
		}
	}
	return nil
}

// resume takes over the whole rounds of the same scenarios that earlier runs left
// in the folder, and says how many samples the report leaves out.
func (r *Ratios) resume(plans []*Plan) error {
	r.Samples, r.Executed = map[Load][]Sample{}, map[string]Executed{}
	if r.Dir == "" {
		return nil
	}
	if err := r.readExecuted(); err != nil {
		return err
	}
	stored, err := r.stored()
	if err != nil {
		return err
	}
	wanted := map[Load]bool{}
	for _, p := range plans {
		wanted[loadOf(p.Scenario, p.Counts)] = true
	}
	others := 0
	for _, s := range stored {
		if load := loadOf(s.Scenario, s.Counts); wanted[load] {
			r.Samples[load] = append(r.Samples[load], s)
		} else {
			others++
		}
	}
	if others > 0 {
		r.leave("samples of other scenarios, which stay in %s but are not in this report: %d", r.Dir, others)
	}
	for load, s := range r.Samples {
		r.Samples[load] = r.wholeRounds(s)
		r.Progress("%s: %d samples are there already", load.Name(), len(r.Samples[load]))
	}
	return nil
}

// stored reads the samples of all runs in the folder. A last line that was cut short by the
// end of its run costs itself alone.
func (r *Ratios) stored() ([]Sample, error) {
	paths, err := filepath.Glob(filepath.Join(r.Dir, "*"+sampleSuffix))
	if err != nil {
		return nil, err
	}
	here := hw.Describe()
	var all []Sample
	for _, path := range paths {
		samples, env, err := ReadRun(path)
		if line := (*LineError)(nil); errors.As(err, &line) && line.Cut && env.CPU != "" {
			r.Progress("%v: the line was cut short, its round is measured again", err)
		} else if err != nil {
			return nil, fmt.Errorf("%w: mend or remove that, or name another folder with -o", err)
		}
		if env.CPU != here.CPU || env.Hypervisor != here.Hypervisor {
			return nil, fmt.Errorf("%s was measured on %s, this is %s: name another folder with -o", path, env.CPU, here.CPU)
		}
		if env.Commit != here.Commit || here.Commit == hw.NotAvailable {
			r.Progress("%s was measured at commit %s, that of this program is %s: if kernels changed between them, name another folder with -o", path, env.Commit, here.Commit)
		}
		all = append(all, samples...)
	}
	return all, nil
}

// wholeRounds are the samples of the first rounds of which none is missing. Of a round that
// was cut short and begun again the later samples count.
func (r *Ratios) wholeRounds(s []Sample) []Sample {
	slices.Reverse(s)
	slices.SortStableFunc(s, func(a, b Sample) int { return cmp.Compare(a.Repeat, b.Repeat) })
	s = slices.CompactFunc(s, func(a, b Sample) bool { return a.Repeat == b.Repeat })
	n := 0
	for n < len(s) && s[n].Repeat == n {
		n++
	}
	return s[:min(n/r.perRound(), r.Rounds)*r.perRound()]
}
