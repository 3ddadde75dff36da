package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

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
		got, err := readSamples(strings.NewReader(text), "run.jsonl")
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
	if got, err := readSamples(strings.NewReader(""), "x"); len(got) != 0 || err != nil {
		t.Errorf("empty file: %d, %v", len(got), err)
	}
	got, err := readSamples(strings.NewReader(strings.Repeat("?\n", 500)+goodLine(t)), "x")
	if len(got) != 1 || err == nil {
		t.Fatalf("%d samples, %v", len(got), err)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 || lines[1] != "x: 499 more lines could not be used" {
		t.Errorf("error of 500 bad lines: %q", err)
	}
	var line *LineError
	if _, err = readSamples(strings.NewReader(goodLine(t)+"\n{"), "x"); !errors.As(err, &line) || !line.Cut || line.Line != 2 {
		t.Errorf("a last line without its end: %v", err)
	}
	if _, err = readSamples(strings.NewReader("?\n{"), "x"); !errors.As(err, &line) || line.Cut {
		t.Errorf("another bad line before it: %v", err)
	}
	if got, err = readSamples(strings.NewReader(goodLine(t)), "x"); len(got) != 1 || err != nil {
		t.Errorf("a whole line without its end: %v", err)
	}
	// An I/O error is reported, and what came before it kept.
	broken := errors.New("broken")
	got, err = readSamples(&failing{bytes.NewReader([]byte(goodLine(t) + "\n")), broken}, "x")
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

// FuzzReadSamples checks that no input panics, that what is read is valid, and
// that a good line survives whatever follows it.
func FuzzReadSamples(f *testing.F) {
	good := goodLine(f)
	for _, seed := range []string{"", "\n", "{}", "null", good, good + "\n" + good[:99], strings.Replace(good, "4096", "-1", 1),
		`{"schema_version":1}`, `{"schema_version":9}`, "\xff\xfe", strings.Repeat("[", 20000), strings.Replace(good, "[{", "[null,{", 1)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, err := readSamples(bytes.NewReader(append([]byte(good+"\n"), data...)), "x")
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
