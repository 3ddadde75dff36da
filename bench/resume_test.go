package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moebench/hw"
)

// TestResume: whole rounds of the same scenarios are taken over, nothing else: not
// those with fewer experts in memory, nor of another seed.
func TestResume(t *testing.T) {
	r := ratiosAt(t.TempDir(), Point{1_000_000, 1})
	all, err := r.comparisons(roomy)
	if err != nil {
		t.Fatal(err)
	}
	plans := all[0].plans
	store, err := create(r.Dir, "before", hw.Describe())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		s := testSample("x", 1e6, 50)
		s.Scenario, s.Repeat, s.Extrapolated = plans[0].Scenario, i, true
		if err := store.Write(s); err != nil {
			t.Fatal(err)
		}
		other := s
		other.Ctx = 5
		fewer := s
		fewer.ResidentExperts = 64
		reseeded := s
		reseeded.Seed = 0
		if err := errors.Join(store.Write(other), store.Write(fewer), store.Write(reseeded)); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.resume(plans); err != nil {
		t.Fatal(err)
	}
	if got := len(r.Samples[loadOf(plans[0].Scenario, plans[0].Counts)]); got != 6 || len(r.Samples) != 1 {
		t.Errorf("%d samples of %d loads, want the 6 of 2 whole rounds", got, len(r.Samples))
	}
	again, err := create(r.Dir, "cut-short-again", hw.Describe())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 { // of the third round
		s := testSample("x", 2e6, 50)
		s.Scenario, s.Repeat, s.Extrapolated = plans[0].Scenario, 6+i, true
		if err := again.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(again.Close(), r.resume(plans)); err != nil {
		t.Fatal(err)
	}
	if got := len(r.Samples[loadOf(plans[0].Scenario, plans[0].Counts)]); got != 6 {
		t.Errorf("%d samples: two beginnings of a round made a whole one", got)
	}
	if len(r.left) != 2 || r.left[0].Text != fmt.Sprintf("samples of other scenarios, which stay in %s but are not in this report: 21", r.Dir) {
		t.Errorf("%v", r.left)
	}
	for _, damaged := range []string{"{", "null", `{"v3.2":[]}`, `{"v3.2":[{"counted":{"name":"x","macs":1},"executed":{"name":"x"}}]}`} {
		if err := os.WriteFile(filepath.Join(r.Dir, "executed-1000000.json"), []byte(damaged), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := r.resume(plans); err == nil || !strings.Contains(err.Error(), "remove it to count again") {
			t.Errorf("a damaged file: %v", err)
		}
	}
}

// TestResumeDamaged: a last line that was cut short costs itself alone; any other bad line
// is for people to look at, and nothing is taken over.
func TestResumeDamaged(t *testing.T) {
	r := ratiosAt(t.TempDir(), Point{1_000_000, 1})
	all, err := r.comparisons(roomy)
	if err != nil {
		t.Fatal(err)
	}
	store, err := create(r.Dir, "before", hw.Describe())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		s := testSample("x", 1e6, 50)
		s.Scenario, s.Repeat, s.Extrapolated = all[0].plans[0].Scenario, i, true
		if err := store.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.file.WriteString(`{"schema_version":1,"ru`); err != nil {
		t.Fatal(err)
	}
	var said []string
	r.Progress = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if err := r.resume(all[0].plans); err != nil || len(r.Samples) != 1 || !strings.Contains(said[0], "before.jsonl:4: bad JSON: unexpected end of JSON input: the line was cut short") {
		t.Errorf("%d loads, %v: %q", len(r.Samples), err, said)
	}
	if _, err := store.file.WriteString("\n?\n?\n"); err != nil {
		t.Fatal(err)
	}
	if err := r.resume(all[0].plans); err == nil || len(r.Samples) != 0 || !strings.Contains(err.Error(), "before.jsonl:4: bad JSON") || !strings.Contains(err.Error(), "2 more lines could not be used: mend or remove that") {
		t.Errorf("%d loads, %v", len(r.Samples), err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestResumeElsewhere: times of another machine are not taken for those of this one,
// and those of another commit are named.
func TestResumeElsewhere(t *testing.T) {
	r := ratiosAt(t.TempDir(), Point{4096, 1})
	there := hw.Describe()
	there.CPU = "Z80"
	store, err := create(r.Dir, "before", there)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(store.Write(testSample("x", 1e6, 50)), store.Close()); err != nil {
		t.Fatal(err)
	}
	if err := r.resume(nil); err == nil || !strings.Contains(err.Error(), "was measured on Z80") {
		t.Errorf("samples of another machine: %v", err)
	}
	r.Dir = t.TempDir()
	there = hw.Describe()
	there.Commit = "abc"
	if store, err = create(r.Dir, "before", there); err != nil {
		t.Fatal(err)
	}
	var said string
	r.Progress = func(format string, args ...any) { said += fmt.Sprintf(format, args...) }
	if err := errors.Join(store.Write(testSample("x", 1e6, 50)), store.Close(), r.resume(nil)); err != nil || !strings.Contains(said, "was measured at commit abc, that of this program is") {
		t.Errorf("samples of another commit: %q, %v", said, err)
	}
}

// TestAddAgain: a round that is measured again takes the place of the old one.
func TestAddAgain(t *testing.T) {
	r := &Ratios{Samples: map[Load][]Sample{}}
	samples := append(speedSamples("a", 1, 2, 3), speedSamples("a", 4, 5, 6)[1:]...)
	for _, s := range samples {
		if err := r.add(s); err != nil {
			t.Fatal(err)
		}
	}
	got := r.Samples[loadOf(samples[0].Scenario, samples[0].Counts)]
	if d := diff([]Sample{samples[0], samples[3], samples[4]}, got); d != "" {
		t.Error(d)
	}
}
