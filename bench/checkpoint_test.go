package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"moebench/kernels/kerneltest"
)

// TestCheckpoint measures real weights of every DeepSeek family, in both phases:
// whole, with the router's own choice, and with fewer experts in memory.
func TestCheckpoint(t *testing.T) {
	for _, name := range []string{"v4-packed", "v32-packed", "v2-lite"} {
		dir, err := filepath.Abs(filepath.Join("../model/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, tokens := range []int{0, 48} {
			s := tiny("")
			s.Models, s.Formats, s.Routes, s.Tokens, s.Count = []string{dir}, []string{Native}, []string{"router"}, tokens, 1
			var out bytes.Buffer
			if err := s.Run(context.Background(), &out); err != nil {
				t.Fatal(err)
			}
			var r Result
			if err := json.Unmarshal([]byte(strings.Split(out.String(), "\n")[0]), &r); err != nil {
				t.Fatal(err)
			}
			if want := map[int]string{0: "decode", 48: "prefill"}[tokens]; r.Phase != want || r.Tokens != tokens || r.Rows() != max(1, tokens) || !r.SyntheticContext {
				t.Errorf("%s: %+v, want %s", name, r, want)
			}
		}
	}
	p, err := NewPlan(Scenario{Model: mustAbs(t, "../model/testdata/v4-packed"), Phase: "decode", Batch: 1, Format: Native, Route: "uniform", Threads: 1}, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	p.sampling.Resident = 4
	b, err := p.Open(kerneltest.Pool(t, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Verify(); err != nil {
		t.Error(err)
	}
	// Three of four are dealt to a token: it reads as many as of all 16.
	if s := b.Sample("", 0); s.BytesPerStep != p.Counts.BytesPerStep {
		t.Errorf("a step reads %d bytes, want %d", s.BytesPerStep, p.Counts.BytesPerStep)
	}
	if e, err := b.Executed(); err != nil || len(e) == 0 {
		t.Errorf("%d pairs, %v", len(e), err)
	}
}

func mustAbs(t *testing.T, path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
