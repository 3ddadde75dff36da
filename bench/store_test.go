package bench

import (
	"bytes"
	"encoding/json"
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
	store, err := Create(dir, "r1", testEnv)
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
	if _, err := Create(file, "r1", testEnv); err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "\n") {
		t.Errorf("folder that is a file: %v", err)
	}
	for _, run := range []string{"", ".", "..", "a/b"} {
		if _, err := Create(dir, run, testEnv); err == nil || !strings.Contains(err.Error(), "run id") {
			t.Errorf("run %q: %v", run, err)
		}
	}
	store, err := Create(dir, "r1", testEnv)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := Create(dir, "r1", testEnv); !errors.Is(err, os.ErrExist) {
		t.Errorf("a run of the same name must not be appended to: %v", err)
	}
}

// Write refuses what reading would refuse, and leaves the file whole.
func TestCheck(t *testing.T) {
	store, err := Create(t.TempDir(), "r1", testEnv)
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

// goodLine is a stored sample, edited.
func goodLine(t testing.TB, edits ...string) string {
	t.Helper()
	data, err := json.Marshal(testSample("a", 1e9, 100))
	if err != nil {
		t.Fatal(err)
	}
	line := string(data)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(line, edits[i]) {
			t.Fatalf("no %s in %s", edits[i], line)
		}
		line = strings.Replace(line, edits[i], edits[i+1], 1)
	}
	return line
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"version", goodLine(t, `"schema_version":1`, `"schema_version":3`), "schema_version is 3, this program understands 1"},
		{"version and other fields", `{"schema_version":2,"samples":[]}`, "schema_version is 2, this program understands 1"},
		{"version text", goodLine(t, `"schema_version":1`, `"schema_version":"1"`), `schema_version is "1", this program understands 1`},
		{"no version", goodLine(t, `"schema_version":1,`, ``), "missing schema_version"},
		{"torn", goodLine(t)[:200], "bad JSON: unexpected end of JSON input"},
		{"no JSON", "BenchmarkDecode 1", "bad JSON: invalid character 'B' looking for beginning of value"},
		{"no object", "[1, 2]", "bad JSON: want an object, found array"},
		{"two objects", goodLine(t) + goodLine(t), "bad JSON: invalid character '{' after top-level value"},
		{"missing", goodLine(t, `"ctx":4096,`, ``, `"step_ns":1000000000,`, ``), "missing ctx, step_ns"},
		{"null", goodLine(t, `"ctx":4096`, `"ctx":null`), "missing ctx"},
		{"other case", goodLine(t, `"ctx"`, `"CTX"`), "missing ctx"},
		{"kind", goodLine(t, `"ctx":4096`, `"ctx":"4k"`), "ctx holds string, want int"},
		{"huge", goodLine(t, `"ctx":4096`, `"ctx":1e99`), "ctx holds number 1e99, want int"},
		{"value", goodLine(t, `"batch":1`, `"batch":0`), "batch is 0, want at least 1"},
		{"part", goodLine(t, `{"kind":"head","count":1,`, `{"kind":"head",`), `parts[1] is kind "head", count 0`},
		{"long", `{"schema_version":1,"model":"` + strings.Repeat("x", maxLine) + `"}`, "line is longer than 1048576 bytes"},
	} {
		// Good lines on both sides, a blank one, and the bad one as line 3.
		text := goodLine(t) + "\n\n" + c.line + "\n" + goodLine(t)
		got, err := ReadSamples(strings.NewReader(text), "run.jsonl")
		if len(got) != 2 {
			t.Errorf("%s: %d good lines kept, want 2", c.name, len(got))
		}
		var at *LineError
		if !errors.As(err, &at) || at.File != "run.jsonl" || at.Line != 3 {
			t.Errorf("%s: %v, want an error at line 3", c.name, err)
		} else if want := "run.jsonl:3: " + c.want; !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q, want %q", c.name, err, want)
		}
	}
}

func TestReadEmptyAndMany(t *testing.T) {
	if got, err := ReadSamples(strings.NewReader(""), "x"); len(got) != 0 || err != nil {
		t.Errorf("empty file: %d, %v", len(got), err)
	}
	got, err := ReadSamples(strings.NewReader(strings.Repeat("?\n", 500)+goodLine(t)), "x")
	if len(got) != 1 || err == nil {
		t.Fatalf("%d samples, %v", len(got), err)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 || lines[1] != "x: 499 more lines could not be used" {
		t.Errorf("error of 500 bad lines: %q", err)
	}
	var line *LineError
	if _, err = ReadSamples(strings.NewReader(goodLine(t)+"\n{"), "x"); !errors.As(err, &line) || !line.Cut || line.Line != 2 {
		t.Errorf("a last line without its end: %v", err)
	}
	if _, err = ReadSamples(strings.NewReader("?\n{"), "x"); !errors.As(err, &line) || line.Cut {
		t.Errorf("another bad line before it: %v", err)
	}
	if got, err = ReadSamples(strings.NewReader(goodLine(t)), "x"); len(got) != 1 || err != nil {
		t.Errorf("a whole line without its end: %v", err)
	}
	// An I/O error is reported, and what came before it kept.
	broken := errors.New("broken")
	got, err = ReadSamples(&failing{bytes.NewReader([]byte(goodLine(t) + "\n")), broken}, "x")
	if len(got) != 1 || !errors.Is(err, broken) {
		t.Errorf("failing reader: %d samples, %v", len(got), err)
	}
}

// failing ends with an error other than io.EOF.
type failing struct {
	r   *bytes.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.r.Len() == 0 {
		return 0, f.err
	}
	return f.r.Read(p)
}

func TestReadRunErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.jsonl")
	if _, _, err := ReadRun(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(goodLine(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	samples, _, err := ReadRun(path)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "r.env.json") || len(samples) != 1 {
		t.Errorf("no environment: %d samples, %v", len(samples), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "r.env.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if samples, _, err = ReadRun(path); err == nil || !strings.Contains(err.Error(), "r.env.json: bad JSON") || len(samples) != 1 {
		t.Errorf("bad environment: %d samples, %v", len(samples), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "r.env.json"), []byte("null"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err = ReadRun(path); err == nil || !strings.Contains(err.Error(), "r.env.json: missing cpu") {
		t.Errorf("no environment in its file: %v", err)
	}
}

// Every field of a sample is either required or known to be optional.
func TestRequiredFields(t *testing.T) {
	optional := []string{"schema_version", "elapsed_ns", "beyond_max_positions", "tokens", "synthetic_context", "resident_experts",
		"float_gflop_s", "f32_gflop_s", "int8_gflop_s", "seed", "prefetches"} // the first is checked on its own
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
	got, err := ReadSamples(strings.NewReader(strings.Join(lines, "\n")), "x")
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

// FuzzReadSamples checks that no input panics, that what is read is valid, and
// that a good line survives whatever follows it.
func FuzzReadSamples(f *testing.F) {
	good := goodLine(f)
	for _, seed := range []string{"", "\n", "{}", "null", good, good + "\n" + good[:99], strings.Replace(good, "4096", "-1", 1),
		`{"schema_version":1}`, `{"schema_version":9}`, "\xff\xfe", strings.Repeat("[", 20000), strings.Replace(good, "[{", "[null,{", 1)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, err := ReadSamples(bytes.NewReader(append([]byte(good+"\n"), data...)), "x")
		if len(samples) == 0 {
			t.Fatalf("the first line was lost: %v", err)
		}
		if lines := bytes.Count(data, []byte("\n")) + 2; len(samples) > lines {
			t.Fatalf("%d samples from %d lines", len(samples), lines)
		}
		for _, s := range samples {
			if err := s.check(); err != nil {
				t.Fatalf("read an invalid sample: %v", err)
			}
			line, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			back, err := parseSample(line)
			if err != nil || !reflect.DeepEqual(back, s) {
				t.Fatalf("%s does not read back: %v", line, err)
			}
		}
		for _, r := range Summarise(samples, testEnv) {
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestNoSamples: a run that measured nothing leaves nothing.
func TestNoSamples(t *testing.T) {
	dir := t.TempDir()
	store, err := Create(dir, "empty", hw.Describe())
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
