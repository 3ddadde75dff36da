package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
)

// tiny is a suite of the smallest model with one copy of its layer.
func tiny(dir string) Suite {
	return Suite{
		Sweep: Sweep{Models: []string{"olmoe-1b-7b"}, Formats: []string{"mxfp4"}, Routes: []string{"uniform"},
			Ctx: []int{64}, Batch: []int{1, 2}, Threads: []int{1}, Seed: DefaultSeed},
		Count: 2, Rounds: 2, Cycle: 1, Dir: dir, JSON: true, Progress: func(string, ...any) {},
	}
}

func needMemory(t *testing.T) {
	if m := hw.Memory(); m.Total > 0 && m.Available < 4e9 {
		t.Skip("needs 4 GB of memory")
	}
}

// TestSuite measures two scenarios in two rounds, end to end, and checks what a
// script relies on: one object a scenario, files beside it, numbers that belong
// together.
func TestSuite(t *testing.T) {
	needMemory(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tableFile), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var said []string
	s := tiny(dir)
	s.Progress = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if err := s.Run(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	if len(said) != 5 || !strings.Contains(said[0], "an earlier run there are replaced") || !strings.HasPrefix(said[4], "[4/4] Decode/model=olmoe-1b-7b/ctx=64/batch=1/") || !strings.Contains(said[4], "left") {
		t.Errorf("%d lines of progress: %q", len(said), said)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines for 2 scenarios", len(lines))
	}
	for i, line := range lines {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"schema_version", "model", "phase", "ctx", "batch", "format", "route", "isa", "threads", "total_params", "active_params",
			"bytes_per_token", "layers", "tok_s", "gb_s", "wall_gb_s", "share_of_wall", "share_of_limit", "extrapolated", "verdict", "env"} {
			if _, ok := r[key]; !ok {
				t.Errorf("no %s in %s", key, line)
			}
		}
		tokS := r["tok_s"].(map[string]any)
		if n := tokS["n"].(float64); n != 2 || tokS["median"].(float64) <= 0 {
			t.Errorf("tok_s %v, want 2 samples", tokS)
		}
		if r["batch"].(float64) != float64(i+1) || r["total_params"].(float64) != 6_919_161_856 || r["extrapolated"] != true {
			t.Errorf("line %d: %s", i, line)
		}
		got, want := r["gb_s"].(float64), tokS["median"].(float64)*r["bytes_per_token"].(float64)/1e9
		if got < 0.5*want || got > 2*want {
			t.Errorf("%g GB/s, but tok/s x bytes are %g", got, want)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range files {
		found[filepath.Ext(f.Name())] = true
	}
	for _, ext := range []string{".jsonl", ".json", ".txt", ".md", ".svg"} {
		if !found[ext] {
			t.Errorf("no %s file among %v", ext, files)
		}
	}
}

// TestWrongKernel: a kernel that is off prints no number.
func TestWrongKernel(t *testing.T) {
	needMemory(t)
	set := matmul.KernelSet(kernels.MXFP4)
	real := set.Best()
	defer set.Force(real.Instead(func(c *matmul.Call) { real.Run(c); c.Y[1] += 1 }))()
	var out bytes.Buffer
	err := tiny("").Run(context.Background(), &out)
	var wrong *WrongResult
	if !errors.As(err, &wrong) || out.Len() != 0 {
		t.Errorf("error %v, output %q", err, out.String())
	}
}

// TestReportBothWays: a full disk does not keep results from being printed, nor a closed
// pipe from being stored.
func TestReportBothWays(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tiny(file).report(&out, speedSamples("a", 1, 2), testEnv); err == nil || !strings.Contains(out.String(), `"model":"a"`) {
		t.Errorf("%v: %s", err, out.String())
	}
	if err := tiny(dir).report(broken{}, speedSamples("a", 1, 2), testEnv); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, tableFile)); err != nil {
		t.Error(err)
	}
}

// TestStoreClosed: what cannot be brought to disk at the end is said.
func TestStoreClosed(t *testing.T) {
	needMemory(t)
	dir := t.TempDir()
	s := tiny(dir)
	s.Batch, s.Rounds = []int{1}, 1
	s.Progress = func(format string, _ ...any) {
		if strings.HasPrefix(format, "[") { // before there are samples: Close then removes the files
			paths, err := filepath.Glob(filepath.Join(dir, "*"+envSuffix))
			if err != nil || len(paths) != 1 {
				t.Fatalf("%v, %v", paths, err)
			}
			if err := os.Remove(paths[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Run(ctx, io.Discard); !errors.Is(err, context.Canceled) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tiny(filepath.Join(dir, "x")).Run(context.Background(), &bytes.Buffer{}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("results under a file: %v", err)
	}
}

func TestDryRun(t *testing.T) {
	var text, objects bytes.Buffer
	s := tiny("")
	s.Batch = []int{1, 2, 1} // measured once each
	var first struct {
		Model       string
		WeightBytes int64 `json:"weight_bytes"`
		Kinds       []struct{ Count int }
	}
	if err := s.DryRun(&objects); err != nil || bytes.Count(objects.Bytes(), []byte("\n")) != 2 {
		t.Errorf("%v: %s", err, objects.String())
	}
	if err := json.NewDecoder(&objects).Decode(&first); err != nil || first.Model != "olmoe-1b-7b" || first.WeightBytes < 1e8 || len(first.Kinds) != 1 || first.Kinds[0].Count != 16 {
		t.Errorf("%v: %+v", err, first)
	}
	s.JSON = false
	if err := s.DryRun(&text); err != nil || !strings.Contains(text.String(), "gqa+moe 1 of 16") {
		t.Errorf("%v: %s", err, text.String())
	}
	text.Reset()
	s.Models, s.Cycle = []string{"qwen3-30b-a3b"}, 1<<30 // all layers are there, their experts are not
	if err := s.DryRun(&text); err != nil || !strings.Contains(text.String(), "gqa+moe 48 of 48") || !strings.Contains(text.String(), "layers that use the experts of others: ") {
		t.Errorf("%v: %s", err, text.String())
	}
	if err := s.DryRun(broken{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("nowhere to print: %v", err)
	}
}

// broken is a full disk.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestModels(t *testing.T) {
	list, err := Models(Native, 8192, hw.MemoryInfo{Total: 64e9, Available: 60e9})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteModels(&out, list); err != nil {
		t.Fatal(err)
	}
	if list[0].Note == "" || list[1].Note != "" || !list[0].Fits || !strings.Contains(out.String(), "beyond max positions 4096") {
		t.Errorf("%+v\n%s", list[:2], out.String())
	}
	if _, err := Models("q4", 1, hw.MemoryInfo{}); err == nil {
		t.Error("q4 is a format")
	}
}

// TestRoutedLayer: the sublayer alone, at a small size.
func TestRoutedLayer(t *testing.T) {
	pool, err := hw.NewPool(1)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	c := v4FlashFFN
	c.Hidden, c.Inter = 256, 128
	r, err := newRoutedLayer(pool, c, kernels.MXFP4, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	expert := kernels.MXFP4.Bytes(256, 256) + kernels.MXFP4.Bytes(256, 128)
	if got, want := r.Step(), kernels.MXFP4.Bytes(256, 256)+12*expert; got != want {
		t.Errorf("a step reads %d bytes, want router and 12 experts: %d", got, want)
	}
}

// TestFit: a plan that does not fit holds fewer experts, and says so; one that
// cannot be made to fit is refused.
func TestFit(t *testing.T) {
	s := decode("v3.2", Native)
	s.Ctx = 1 << 20
	p, err := NewPlan(s, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	memory := hw.MemoryInfo{Total: 16e9, Available: 14e9}
	if p.Check(memory) == nil {
		t.Fatalf("%.1f GB fit 14", gb(p.Bytes()))
	}
	if p.Fit(memory); p.Check(memory) != nil || p.Counts.ResidentExperts != 128 || !p.Counts.Extrapolated {
		t.Errorf("%d experts, %.1f GB: want 128 of 256, within 14 GB", p.Counts.ResidentExperts, gb(p.Bytes()))
	}
	if p.Fit(hw.MemoryInfo{Total: 4e9, Available: 4e9}); p.Check(hw.MemoryInfo{Total: 4e9, Available: 4e9}) == nil {
		t.Error("4 GB are enough")
	}
	for batch, want := range map[int]int{1: 32, 16: 128, 32: 0} { // of 256, of which a row takes 8
		s := decode("v3.2", Native)
		s.Batch = batch
		p, err := NewPlan(s, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		if p.Fit(hw.MemoryInfo{Total: 1e9, Available: 1e9}); p.Counts.ResidentExperts != want {
			t.Errorf("batch %d: at least %d experts, want %d", batch, p.Counts.ResidentExperts, want)
		}
	}
	if hw.Memory().Total > 0 {
		many := decode("v3.2", Native)
		many.Ctx, many.Batch = 1<<20, 1<<10 // 65 TB of caches
		p, err := NewPlan(many, 1)
		if err != nil {
			t.Fatal(err)
		}
		var failure *Failure
		if _, err := p.Open(nil, nil); !errors.As(err, &failure) || !strings.Contains(err.Error(), "less is needed with") {
			t.Errorf("memory that is gone when a plan begins: %v", err)
		}
	}
	dense, err := NewPlan(decode("llama-3.1-8b", Native), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if dense.Fit(hw.MemoryInfo{Total: 1e9, Available: 1e9}); dense.Counts.ResidentExperts != 0 {
		t.Errorf("a dense model with %d experts", dense.Counts.ResidentExperts)
	}
}
