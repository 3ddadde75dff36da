package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moebench/hw"
	"moebench/ledger"
)

// ratiosAt measures nothing unless it is run.
func ratiosAt(dir string, points ...Point) *Ratios {
	return &Ratios{Convention: ledger.Conventions()[0], Count: 12, Rounds: 4, Seed: DefaultSeed, Dir: dir, Points: points, Progress: func(string, ...any) {}}
}

var roomy = hw.MemoryInfo{Total: 1 << 50, Available: 1 << 50}

// TestCosts: at 3.6 USD an hour a token a second costs 1000 USD per million; the
// batch is the first with which the memory wall is fast enough.
func TestCosts(t *testing.T) {
	sample := Sample{Scenario: Scenario{Model: "v4-flash", Format: Native, Ctx: 4095, Batch: 1}, StepNs: 5e8, WallGBs: 2e4,
		Counts: Counts{BytesPerStep: 10e9, FLOPPerToken: 30e9}}
	more := sample
	more.Batch, more.StepNs = 8, 1e9
	r := &Ratios{Samples: map[Load][]Sample{{sample.Scenario, true, 0}: {sample}, {more.Scenario, true, 0}: {more}, {Scenario{Model: "v3.2", Batch: 1}, true, 0}: {sample}}}
	costs := r.Costs(3.6)
	if len(costs) != 2 || costs[0].Batch != 1 || costs[1].Batch != 8 || costs[1].TokS != 8 || costs[0].Ctx != 4096 {
		t.Fatalf("%+v", costs)
	}
	c := costs[0]
	if c.TokS != 2 || math.Abs(c.USD-500) > 1e-9 || math.Abs(c.NeedTokS-1000/0.28) > 1e-6 || math.Abs(c.NeedGBs-1e4/0.28) > 1e-5 || math.Abs(c.NeedGFLOPs-3e4/0.28) > 1e-4 {
		t.Errorf("%+v", c)
	}
	if c.NeedBatch != 4 { // 7.3 GB a token at batch 2 are 26 TB/s, 5.3 at 4 are 19
		t.Errorf("batch %d needed", c.NeedBatch)
	}
	var out strings.Builder
	if writeCosts(&out, costs, 3.6); !strings.Contains(out.String(), "v4-flash") {
		t.Error(out.String())
	}
}

// TestComparisons: what does not fit is said, with the largest batch that does.
func TestComparisons(t *testing.T) {
	var said []string
	r := ratiosAt("", Point{1_000_000, 1}, Point{1_000_000, 32})
	r.Progress = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	r.Validate = true
	all, err := r.comparisons(hw.MemoryInfo{Total: 32 << 30, Available: 23 << 30})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(said, "\n")
	if len(all) != 2+len(validated) || all[1].plans[0].Batch >= 32 || len(r.Points) != 3 || !strings.Contains(text, "is the largest that fits") {
		t.Errorf("%d comparisons, points %v:\n%s", len(all), r.Points, text)
	}
	for _, c := range all[:2] {
		if len(c.plans) != 3 || c.plans[0].Model != "v3.2" || c.plans[0].Ctx != 999_999 {
			t.Errorf("%s: %+v", c.what, c.plans[0].Scenario)
		}
	}
	if whole := all[2].plans; whole[0].Extrapolated() || !whole[1].Extrapolated() || whole[0].Scenario != whole[1].Scenario {
		t.Errorf("%s: %+v", all[2].what, whole)
	}
	r.Points = r.Points[:1]
	if _, err := r.comparisons(hw.MemoryInfo{Total: 2 << 30, Available: 1 << 30}); err == nil || !strings.Contains(err.Error(), "ratios -counted") {
		t.Errorf("1 GB of memory: %v", err)
	}
}

// TestBudget: what would take longer than there is time is left out; samples that are there
// take none.
func TestBudget(t *testing.T) {
	var said []string
	r := ratiosAt("", Point{1_000_000, 1})
	r.Progress = func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	r.Validate = true
	all, err := r.comparisons(roomy)
	if err != nil {
		t.Fatal(err)
	}
	r.Budget = 4 * time.Minute
	if kept, err := r.affordable(all); err != nil || len(kept) == 0 || len(kept) > len(validated) || !strings.Contains(strings.Join(said, "\n"), "would take about") {
		t.Errorf("%d comparisons, %v: %s", len(kept), err, said)
	}
	r.Budget = time.Second
	if _, err := r.affordable(all); err == nil || !strings.Contains(err.Error(), "nothing can be measured in 1s") {
		t.Errorf("a second: %v", err)
	}
	r.Samples = map[Load][]Sample{}
	for _, p := range all[0].plans {
		r.Samples[loadOf(p.Scenario, p.Counts)] = make([]Sample, r.Count)
	}
	if kept, err := r.affordable(all); err != nil || len(kept) != 1 || r.estimate(kept...) != 0 {
		t.Errorf("a second for what is measured: %d comparisons, %v", len(kept), err)
	}
}

// TestOrder: every model of a comparison is first in one round of three.
func TestOrder(t *testing.T) {
	r := ratiosAt("", Point{4096, 1})
	r.Convention.Context, r.Rounds = 4096, 6
	all, err := r.comparisons(roomy)
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]int{}
	for round := range 6 {
		plans := order(all, round)
		if len(plans) != 3 {
			t.Fatalf("%d plans", len(plans))
		}
		first[plans[0][0].Model]++
	}
	for _, id := range compared {
		if first[id] != 2 {
			t.Errorf("first: %v", first)
		}
	}
	all[0].rounds = 3
	if len(order(all, 2)) != 3 || len(order(all, 3)) != 0 {
		t.Error("a comparison of three rounds is there in the fourth")
	}
	all[0].together = true
	if got := order(all, 1); len(got) != 1 || len(got[0]) != 3 || got[0][0].Model != "v4-pro" {
		t.Errorf("%d groups of plans that are in memory together", len(got))
	}
}

// measuredRatios has made-up samples for everything a full run measures: the models
// at 4k, whole ones at half the speed of sampled ones.
func measuredRatios() *Ratios {
	r := ratiosAt("", Point{4096, 1}, Point{sweepCtx, 1}, Point{sweepCtx, 8})
	r.Convention.Context = 4096
	r.Samples, r.Executed = map[Load][]Sample{}, map[string]Executed{}
	add := func(s Scenario, sampled bool, ns float64) {
		for i := range 12 {
			x := testSample(s.Model, ns, 50)
			x.Scenario, x.Repeat, x.Extrapolated = s, i, sampled
			r.Samples[loadOf(s, x.Counts)] = append(r.Samples[loadOf(s, x.Counts)], x)
		}
	}
	for _, p := range r.Points {
		for i, id := range compared {
			add(Scenario{Model: id, Format: Native, Ctx: p.Ctx - 1, Batch: p.Batch}, true, 1e9/float64(i+1))
		}
	}
	for _, v := range validated {
		add(Scenario{Model: v.model, Format: v.format, Ctx: 4096, Batch: 1}, true, 1e8)
		add(Scenario{Model: v.model, Format: v.format, Ctx: 4096, Batch: 1}, false, 2e8)
	}
	return r
}

// TestReport: measured quotients reach their rows, the sweeps, the error of adding
// up layers, and the pictures.
func TestReport(t *testing.T) {
	r := measuredRatios()
	rows, err := Check(Claims(), r.Convention)
	if err != nil {
		t.Fatal(err)
	}
	out := &Report{Convention: r.Convention, Rows: append(rows, r.fill(Claims(), rows)), Validations: r.Validations(), Costs: r.Costs(1), USDPerHour: 1}
	if out.Sweep, err = SweepRows(r.Convention, r.reported(), r.samples); err != nil {
		t.Fatal(err)
	}
	if m := rows[0].Measured["1"]; m.Ratio != 0.5 || m.N != 12 || out.Rows[len(rows)].Verdict != "agrees" {
		t.Errorf("%+v, control %+v", m, out.Rows[len(rows)])
	}
	if len(out.Sweep) != 4 || out.Sweep[0].Pro.Time.Ratio != 0.5 || out.Sweep[1].Pro.Time.N != 0 || out.Sweep[3].Flash.Time.N != 12 || out.Sweep[3].Batch != 8 {
		t.Errorf("%+v", out.Sweep)
	}
	if len(out.Validations) != len(validated) || out.Validations[0].Time.Ratio != 0.5 || out.Validations[0].Walls != [2]Number{50, 50} {
		t.Errorf("%+v", out.Validations)
	}
	out.LeftOut = []LeftOut{{"what did not fit"}}
	if out.Sensitivities, err = Sensitivities(r.Convention); err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	if err := out.WriteJSON(&lines); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for d := json.NewDecoder(&lines); d.More(); {
		var line struct {
			Kind, Text, Change string
			Pro                any `json:"v4-pro"`
		}
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if kinds[line.Kind]++; line.Kind == "sensitivity" && (line.Change == "" || line.Pro == nil) || line.Kind == "left-out" && line.Text != "what did not fit" {
			t.Errorf("%+v", line)
		}
	}
	if want := map[string]int{"claim": len(out.Rows), "sensitivity": 6, "point": 4, "whole-model": len(validated), "cost": len(out.Costs), "left-out": 1}; !maps.Equal(kinds, want) {
		t.Errorf("kinds %v, want %v", kinds, want)
	}
	if got := out.sizes(); got != ", n = 6 to 12" || (&Report{}).sizes() != "" {
		t.Errorf("the control has half the samples of the claims: %q", got)
	}
	dir := t.TempDir()
	if err := WriteReport(dir, speedSamples("a", 1, 2), testEnv); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadDir(dir); err != nil || len(after) != len(before)+3 {
		t.Errorf("%v: files of run and ratios are called the same: %v and then %v", err, before, after)
	}
	for name, want := range map[string]string{claimsFile: "Stated error of rows that add up layers: 50.0 %", "contexts.svg": "tokens of context", "batches.svg": "batch"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s: %v, no %q", name, err, want)
		}
	}
}

// TestRatiosInterrupted: an interruption before anything is measured still counts.
func TestRatiosInterrupted(t *testing.T) {
	needMemory(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := ratiosAt("", Point{4096, 1})
	r.Count = 2
	report, err := r.Report(ctx, []string{"pro-compute"}, true, 0)
	if !errors.Is(err, context.Canceled) || report == nil || len(report.Rows) != 2 || report.Rows[1].Verdict != "not measured" {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestRatiosMeasured measures small models as if the claims were about them, end to end;
// a second run finds everything there and measures nothing, and a third counts again what
// kernels do.
func TestRatiosMeasured(t *testing.T) {
	if m := hw.Memory(); testing.Short() || m.Total > 0 && m.Available < 6e9 {
		t.Skip("takes a while, and 6 GB of memory")
	}
	defer func(old []string) { compared = old }(compared)
	compared = []string{"v2-lite", "olmoe-1b-7b", "qwen3-30b-a3b"}
	dir := t.TempDir()
	for i, turns := range []int{3, 0, 3} {
		if i == 2 {
			if err := os.Remove(filepath.Join(dir, "executed-4096.json")); err != nil {
				t.Fatal(err)
			}
		}
		r := ratiosAt(dir, Point{4096, 1})
		r.Convention.Context, r.Count, r.Rounds = 4096, 2, 1
		measured := 0
		r.Progress = func(format string, args ...any) {
			if strings.HasPrefix(format, "[") {
				measured++
			}
		}
		out, err := r.Report(context.Background(), []string{"pro-compute"}, true, 0)
		if err != nil {
			t.Fatal(err)
		}
		if measured != turns || len(r.Executed) != 3 || len(r.Samples) != 3 {
			t.Errorf("%d turns, want %d; %d models executed, %d loads", measured, turns, len(r.Executed), len(r.Samples))
		}
		for _, p := range out.Sweep {
			if n := p.Models[2].Ns.N; n != map[int]int{4096: 2}[p.Ctx] {
				t.Errorf("%d samples at %d tokens", n, p.Ctx)
			}
		}
		of := map[string][]Sample{}
		for load, s := range r.Samples {
			of[load.Model] = s
		}
		if q, want := out.Sweep[0].Pro.Time, quotient(of["olmoe-1b-7b"], of["v2-lite"]); q != want || q.N != 2 || !(q.Ratio > 0) {
			t.Errorf("%+v of V2-Lite's time, want %+v", q, want)
		}
	}
	for _, name := range []string{"executed-4096.json", claimsFile, "contexts.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
