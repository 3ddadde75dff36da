package bench

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"moebench/hw"
)

func TestStoreRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	store, err := create(dir, "r1", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := speedSamples("a", 1, 2, 3)
	want[1].StealNs, want[1].ElapsedNs, want[2].WallGBs, want[2].Extrapolated = 5, 6, 0, true
	want[1].FloatGFLOPs, want[1].F32GFLOPs, want[1].Int8GFLOPs, want[1].Parts[0].LimitNs = 7, 6, 8, 9
	for i, s := range want {
		if err := store.Write(s); err != nil {
			t.Fatal(err)
		}
		// An interruption here must find every sample in the file.
		got, _, err := ReadRun(store.Path())
		if err != nil || len(got) != i+1 {
			t.Fatalf("after sample %d: read %d, %v", i, len(got), err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	got, env, err := ReadRun(filepath.Join(dir, "r1.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
	if d := diff(testEnv, env); d != "" {
		t.Error(d)
	}
	if err := store.Write(want[0]); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := create(file, "r1", testEnv); err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
		t.Errorf("folder that is a file: %v", err)
	}
	for _, run := range []string{"", ".", "..", "a/b"} {
		if _, err := create(dir, run, testEnv); err == nil || !strings.Contains(err.Error(), "run id") {
			t.Errorf("run %q: %v", run, err)
		}
	}
	store, err := create(dir, "r1", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := create(dir, "r1", testEnv); !errors.Is(err, os.ErrExist) {
		t.Errorf("a run of the same name must not be appended to: %v", err)
	}
}

// Write refuses what reading would refuse, and leaves the file whole.
func TestCheck(t *testing.T) {
	store, err := create(t.TempDir(), "r1", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, c := range []struct {
		want string
		edit func(*Sample)
	}{
		{"model is empty", func(s *Sample) { s.Model = "" }},
		{"isa is empty", func(s *Sample) { s.ISA = "" }},
		{"ctx is -1, want at least 0", func(s *Sample) { s.Ctx = -1 }},
		{"batch is 0, want at least 1", func(s *Sample) { s.Batch = 0 }},
		{"active_params is 0, want at least 1", func(s *Sample) { s.ActiveParams = 0 }},
		{"step_ns is 0, want", func(s *Sample) { s.StepNs = 0 }},
		{"step_ns is NaN, want", func(s *Sample) { s.StepNs = math.NaN() }},
		{"step_ns is +Inf, want", func(s *Sample) { s.StepNs = math.Inf(1) }},
		{"wall_gb_s is +Inf, want", func(s *Sample) { s.WallGBs = math.Inf(1) }},
		{"wall_gb_s is NaN, want", func(s *Sample) { s.WallGBs = math.NaN() }},
		{"float_gflop_s is NaN, want", func(s *Sample) { s.FloatGFLOPs = math.NaN() }},
		{"int8_gflop_s is -1, want", func(s *Sample) { s.Int8GFLOPs = -1 }},
		{"parts[0].limit_ns is -1, want", func(s *Sample) { s.Parts[0].LimitNs = -1 }},
		{"steal_ns is NaN, want", func(s *Sample) { s.StealNs = math.NaN() }},
		{"parts is empty", func(s *Sample) { s.Parts = nil }},
		{"parts[0] is serial for -1 ns", func(s *Sample) { s.Parts[0].SerialNs = -1 }},
		{"parts[0] is serial for", func(s *Sample) { s.Parts[0].SerialNs, s.Parts[0].WaitNs = s.Parts[0].Ns, s.Parts[0].Ns }},
		{`parts[1] is kind "head", count 0`, func(s *Sample) { s.Parts[1].Count = 0 }},
		{"schema_version is 7, this program writes 1", func(s *Sample) { s.SchemaVersion = 7 }},
	} {
		s := testSample("a", 1e9, 1)
		c.edit(&s)
		if err := store.Write(s); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if data, err := os.ReadFile(store.Path()); err != nil || len(data) != 0 {
		t.Errorf("refused samples left %d bytes, %v", len(data), err)
	}
}

// Every field of a sample is either required or known to be optional.
func TestRequiredFields(t *testing.T) {
	optional := []string{"schema_version", "elapsed_ns", "hop_ns", "beyond_max_positions", "tokens", "synthetic_context", "resident_experts",
		"float_gflop_s", "f32_gflop_s", "int8_gflop_s", "seed", "prefetches", "attend_ahead"} // the first is checked on its own
	var tags []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Sample]()) {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" && !slices.Contains(optional, tag) {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	want := slices.Sorted(slices.Values(required))
	if d := diff(want, tags); d != "" {
		t.Errorf("required fields and struct tags differ: %s", d)
	}
}

// TestSeed: samples of before seeds were recorded are of the default one, and others
// are another scenario; zero is a seed.
func TestSeed(t *testing.T) {
	lines := []string{goodLine(t, `,"seed":1`, ``), goodLine(t), goodLine(t, `"seed":1`, `"seed":0`)}
	got, err := readSamples(strings.NewReader(strings.Join(lines, "\n")), "x")
	if err != nil || got[0].Seed != DefaultSeed || got[0].Scenario != got[1].Scenario || got[2].Seed != 0 {
		t.Fatalf("%v, %+v", err, got)
	}
	results := Summarise(got, testEnv)
	if len(results) != 2 || results[0].TokS.N != 2 || len(groups(results)) != 2 {
		t.Errorf("%+v", results)
	}
	if _, machine := results[1].title("x"); !strings.Contains(machine, "uniform, seed 0,") || !strings.HasSuffix(results[1].Name(), "/seed=0") {
		t.Errorf("%s: %s", results[1].Name(), machine)
	}
}

// TestKeptResults: what is kept beside this package can be read and summed up.
func TestKeptResults(t *testing.T) {
	paths, err := filepath.Glob("results/*/*" + sampleSuffix)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		samples, env, err := ReadRun(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range Summarise(samples, env) {
			if r.Seed != DefaultSeed || !r.TokS.Median.Known() || r.TokS.N < 2 {
				t.Errorf("%s: seed %d, %v tok/s of %d samples", r.Name(), r.Seed, r.TokS, r.TokS.N)
			}
		}
	}
}

// TestNoSamples: a run that measured nothing leaves nothing.
func TestNoSamples(t *testing.T) {
	dir := t.TempDir()
	store, err := create(dir, "empty", hw.Describe())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
