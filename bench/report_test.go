package bench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteReport(t *testing.T) {
	var samples []Sample
	for _, format := range []string{Native, "mxfp4"} {
		for i, model := range []string{"a", "b", "c"} {
			for _, s := range speedSamples(model, 1, 2, 3, 4, 5, 6) {
				s.Format = format
				s.ActiveParams *= int64(i + 1)
				samples = append(samples, s)
			}
		}
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := WriteReport(dir, samples, testEnv); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if results, _ := readBench(t, read("results.bench.txt")); len(results) != len(samples) {
		t.Errorf("%d benchmark lines of %d samples", len(results), len(samples))
	}
	if text := read("table.md"); strings.Count(text, "### Decode") != 2 || strings.Count(text, "- all (MoE): ") != 2 {
		t.Errorf("want tables and fits of both formats:\n%s", text)
	}
	// The picture is of the common format, although native comes first.
	if text := read("tok_s-vs-active.svg"); !strings.Contains(text, "format mxfp4") || strings.Contains(text, "format native") {
		t.Error("the picture is not of the common format")
	}
	// A report can be made again.
	if err := WriteReport(dir, samples[:6], testEnv); err != nil {
		t.Fatal(err)
	}
	if text := read("tok_s-vs-active.svg"); !strings.Contains(text, "format native") {
		t.Error("with native samples alone the picture is of them")
	}
}

func TestWriteReportErrors(t *testing.T) {
	dir := t.TempDir()
	samples := speedSamples("a", 1)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(dir, "blocked")
	if err := os.MkdirAll(filepath.Join(blocked, tableFile), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir     string
		samples []Sample
		want    string
	}{
		{file, samples, file},
		{filepath.Join(file, "below"), samples, file},
		{blocked, samples, tableFile},
		{dir, nil, "no samples"},
	} {
		err := WriteReport(c.dir, c.samples, testEnv)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", c.dir, err, c.want)
		}
	}
}

func TestCommon(t *testing.T) {
	with := func(format string, ctx int, models ...string) (out []Result) {
		for _, m := range models {
			r := testResult(m, 1, 1, 1, true)
			r.Format, r.Ctx = format, ctx
			out = append(out, r)
		}
		return out
	}
	join := func(groups ...[]Result) (out []Result) {
		for _, g := range groups {
			out = append(out, g...)
		}
		return out
	}
	for _, c := range []struct {
		name    string
		results []Result
		want    string
	}{
		{"common before native", join(with(Native, 1, "a", "b", "c"), with("mxfp4", 1, "a")), "mxfp4 1 1"},
		{"more models", join(with("mxfp4", 1, "a"), with("int8", 1, "a", "b")), "int8 1 2"},
		{"first of equals", join(with("int8", 2, "a"), with("int8", 1, "a")), "int8 2 1"},
		{"native alone", with(Native, 1, "a"), "native 1 1"},
	} {
		got := common(c.results)
		if s := strings.Join([]string{got[0].Format, digit(got[0].Ctx), digit(len(got))}, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
	if got := common(nil); got != nil {
		t.Errorf("nothing gave %v", got)
	}
}

func digit(n int) string { return string(rune('0' + n)) }

func TestFlatten(t *testing.T) {
	const record = `{"cpu":"AMD  EPYC\n9B45","Kernel_Version":"6.1","cache":{"l1d":"32 KB","l3":null},"cpus":[0,1],"turbo":"","9p":true,"empty":[],"load":"0.5","none":{}}`
	d := json.NewDecoder(strings.NewReader(record))
	d.UseNumber()
	var got []fact
	if err := flatten(d, "", &got); err != nil {
		t.Fatal(err)
	}
	want := []fact{
		{"cpu", "AMD EPYC 9B45"}, {"kernel-version", "6.1"}, {"cache-l1d", "32 KB"}, {"cache-l3", "not available"}, {"cpus", "0 1"},
		{"turbo", "not available"}, {"x9p", "true"}, {"empty", "not available"}, {"load", "0.5"},
	}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
	if err := flatten(json.NewDecoder(strings.NewReader(`{"a":`)), "", &got); err == nil {
		t.Error("a torn record is no error")
	}
}
