package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"moebench/hw"
)

// plansWith are those of a small model whose layers share a bank of experts.
func plansWith(t *testing.T, route string) []*Plan {
	t.Helper()
	s := Sweep{Models: []string{"olmoe-1b-7b"}, Formats: []string{"mxfp4"}, Routes: []string{route}, Ctx: []int{64, 128}, Batch: []int{1}, Threads: []int{1}}
	plans, err := s.Plans(hw.MemoryInfo{}, 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	if bank := plans[0].sampling.Bank; len(bank) < 3 || bank[2] != 0 {
		t.Fatalf("banks %v: want the third layer to use that of the first", bank)
	}
	return plans
}

// TestTraceOfEveryLayer: layers that share experts replay their own choices, each from
// the first token; the file is read when plans are made, and never again.
func TestTraceOfEveryLayer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.csv")
	var lines strings.Builder
	lines.WriteString("token,layer,expert\n")
	for i := range 2 * 3 * 8 { // two tokens in three layers
		fmt.Fprintf(&lines, "%d,%d,%d\n", i/24, i/8%3, i)
	}
	if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	plans := plansWith(t, "trace:"+path)
	alone, err := NewPlan(plans[0].Scenario, 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(plans, alone) {
		choosers, err := p.choosers()
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]int32, 8)
		for token := range int32(2) {
			for layer := range int32(3) {
				choosers[layer].Choose(ids, 1)
				if first := 24*token + 8*layer; ids[0] != first || ids[7] != first+7 {
					t.Errorf("token %d, layer %d: experts %v, want %d to %d", token, layer, ids, first, first+7)
				}
			}
		}
	}
}

// TestTraceOfAnother: a trace of fewer experts a token is refused with the plan.
func TestTraceOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(path, []byte("token,layer,expert\n0,0,5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := decode("olmoe-1b-7b", "mxfp4")
	s.Route = "trace:" + path
	if _, err := NewPlan(s, 1); err == nil || !strings.Contains(err.Error(), "trace of 1 experts a token, the highest 5: the model has top-8 of 64") {
		t.Error(err)
	}
}

// TestDealtFromOneDeck: layers that share experts visit all of them before any comes
// again, so that what is read was not read a moment ago.
func TestDealtFromOneDeck(t *testing.T) {
	choosers, err := plansWith(t, "uniform")[0].choosers()
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, 64)
	for token := range 4 {
		choosers[0].Choose(ids[token*16:], 1)
		choosers[2].Choose(ids[token*16+8:], 1)
	}
	if got := slices.Compact(slices.Sorted(slices.Values(ids))); len(got) != 64 {
		t.Errorf("%d of 64 experts", len(got))
	}
}

// TestDealtFromMemory: where memory holds fewer experts, all of these come before any comes
// again: no number stands for one that another number just read.
func TestDealtFromMemory(t *testing.T) {
	p := plansWith(t, "uniform")[0]
	p.sampling.Resident = 16
	choosers, err := p.choosers()
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, 16)
	for range 4 {
		choosers[0].Choose(ids[:8], 1)
		choosers[2].Choose(ids[8:], 1)
		if got := slices.Compact(slices.Sorted(slices.Values(ids))); len(got) != 16 || got[15] != 15 {
			t.Errorf("experts %v, want 0 to 15", got)
		}
	}
}

// TestDistinctExperts: numbers that stand for one expert in memory are one hit, in each
// layer anew.
func TestDistinctExperts(t *testing.T) {
	m := make(marks, 4)
	for range 2 {
		if got := m.distinct([]int32{0, 5, 4, 1, 1}); got != 2 {
			t.Errorf("%d experts, want 0 and 1", got)
		}
	}
}
