package bench

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

// readBench reads text as benchstat would.
func readBench(t *testing.T, text string) ([]*benchfmt.Result, benchfmt.UnitMetadataMap) {
	t.Helper()
	r := benchfmt.NewReader(strings.NewReader(text), "x")
	var out []*benchfmt.Result
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			out = append(out, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Fatal(rec)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return out, r.Units()
}

func TestBenchfmtReadsBack(t *testing.T) {
	a := testSample("a", 5e8, 8) // 2 tok/s, 4 GB/s, 50 % of the wall
	b := testSample("dir/b c", 2.5e8, 0)
	b.TotalParams = 20914757184 // must survive to the last digit
	var text bytes.Buffer
	if err := writeBenchfmt(&text, []Sample{a, a, b}, testEnv); err != nil {
		t.Fatal(err)
	}
	results, units := readBench(t, text.String())
	if len(results) != 3 {
		t.Fatalf("%d lines of 3 samples:\n%s", len(results), text.String())
	}
	for _, c := range []struct {
		result int
		unit   string
		want   float64
	}{
		{0, "tok/s", 2}, {1, "tok/s", 2}, {2, "tok/s", 4}, {0, "GB/s", 4}, {2, "GB/s", 8}, {0, "%wall", 50},
		{0, "active-params", 1e9}, {0, "total-params", 8e9}, {2, "total-params", 20914757184}, {0, "flop/tok", 2e9}, {0, "KVB/tok", 98304},
	} {
		if got, ok := results[c.result].Value(c.unit); !ok || got != c.want {
			t.Errorf("line %d: %s = %v, %v; want %v", c.result, c.unit, got, ok, c.want)
		}
	}
	if v, ok := results[2].Value("%wall"); ok {
		t.Errorf("a wall that was not measured gave %v %%", v)
	}
	name, parts := results[2].Name.Parts()
	got := []string{string(name)}
	for _, p := range parts {
		got = append(got, string(p))
	}
	want := []string{"Decode", "/model=dir_b_c", "/ctx=4096", "/batch=1", "/format=mxfp4", "/route=uniform", "/isa=avx2", "/threads=2"}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
	for _, u := range []string{"tok/s", "GB/s", "%wall"} {
		if units.GetBetter(u) != 1 || units.GetAssumption(u) != benchmath.AssumeNothing {
			t.Errorf("%s: want better=higher", u)
		}
	}
	for _, u := range []string{"active-params", "total-params", "flop/tok", "KVB/tok"} {
		if units.GetAssumption(u) != benchmath.AssumeExact {
			t.Errorf("%s: want assume=exact", u)
		}
	}
}

// The machine is in every result; what changes from run to run is not, and each
// name on that list is one the environment record has.
func TestBenchfmtMachine(t *testing.T) {
	var text bytes.Buffer
	if err := writeBenchfmt(&text, []Sample{testSample("a", 1, 1)}, testEnv); err != nil {
		t.Fatal(err)
	}
	results, _ := readBench(t, text.String())
	for key, want := range map[string]string{"cpu": "Test CPU 9000", "kernel": "6.1", "microcode": "not available", "commit": "", "load": ""} {
		if got := results[0].GetConfig(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	list, err := facts(testEnv)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range volatile {
		if !slices.ContainsFunc(list, func(f fact) bool { return f.key == key }) {
			t.Errorf("the environment record has no %s", key)
		}
	}
	if cpuName(testEnv) != "Test CPU 9000" {
		t.Errorf("cpu name %q", cpuName(testEnv))
	}
}

func TestBenchfmtEmpty(t *testing.T) {
	var text bytes.Buffer
	if err := writeBenchfmt(&text, nil, testEnv); err != nil {
		t.Fatal(err)
	}
	if results, _ := readBench(t, text.String()); len(results) != 0 {
		t.Errorf("%d results of no samples", len(results))
	}
}

func TestBenchfmtWriteError(t *testing.T) {
	if err := writeBenchfmt(full{}, []Sample{testSample("a", 1, 1)}, testEnv); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}

var errFull = errors.New("disk full")

// full is a writer that fails.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
