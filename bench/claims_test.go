package bench

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"moebench/hw"
	"moebench/ledger"
)

// TestClaims: the counts under every convention, as an independent program
// computed them from the published configs.
func TestClaims(t *testing.T) {
	want := map[string]map[string]float64{
		"fp8-equivalent": {"pro-compute": 27.04, "flash-compute": 10.16, "pro-cache": 10.48, "flash-cache": 7.32},
		"flops":          {"pro-compute": 26.52, "flash-compute": 12.19, "pro-cache": 10.52, "flash-cache": 7.34},
		"bf16":           {"pro-cache": 100 / 8.70, "flash-cache": 100 / 12.45},
	}
	for _, c := range ledger.Conventions() {
		rows, err := Check(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if w := want[c.Name][r.Claim]; w != 0 && math.Abs(100*r.Counted-w) > 0.006 {
				t.Errorf("%s %s: %.3f %%, want %.2f", c.Name, r.Claim, 100*r.Counted, w)
			}
			if c.Name == "fp8-equivalent" && (r.Verdict != "agrees") != (r.Claim == "v3.2-total") {
				t.Errorf("%s: %s, %s", r.Claim, r.Verdict, r.Reason)
			}
			if r.Verdict == "differs" && r.Reason == "" {
				t.Errorf("%s %s differs without a reason", c.Name, r.Claim)
			}
		}
		var out bytes.Buffer
		s, err := Sensitivities(c)
		if err != nil {
			t.Fatal(err)
		}
		g, err := Growths(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteClaims(&out, c, rows, s, g); err != nil || strings.Count(out.String(), "\n") < len(rows)+len(s)+8 {
			t.Errorf("%s: %v\n%s", c.Name, err, out.String())
		}
	}
}

// TestSensitivities: how the compute ratios move, computed independently.
func TestSensitivities(t *testing.T) {
	s, err := Sensitivities(ledger.Conventions()[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"27.04 10.16", "26.71 10.09", "32.40 13.91", "21.27 8.45"} {
		if got := fmt.Sprintf("%.2f %.2f", 100*s[i].Pro, 100*s[i].Flash); got != want {
			t.Errorf("%s: %s, want %s", s[i].Change, got, want)
		}
	}
}

// TestGrowths: the published table of contexts, computed independently.
func TestGrowths(t *testing.T) {
	g, err := Growths(ledger.Conventions()[0])
	if err != nil {
		t.Fatal(err)
	}
	last := g[len(g)-1]
	if got := fmt.Sprintf("%d %.1f %.1f %.1f %.1f", last.Context, 100*last.ProCompute, 100*last.FlashCompute, 100*last.ProCache, 100*last.FlashCache); got != "1048576 26.7 10.1 10.5 7.3" {
		t.Errorf("at 1M: %s", got)
	}
	if g[0].ProCompute < 0.75 || g[0].ProTouched < 1 || last.ProTouched > 0.9 {
		t.Errorf("from %+v to %+v", g[0], last)
	}
}

// TestAccount: totals at contexts of the published table, and every line has a
// formula.
func TestAccount(t *testing.T) {
	c, err := ledger.ParseConvention("flops")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		model   string
		context int
		cache   int64 // window and compressor states included
	}{{"v3.2", 1 << 20, 61 << 20 * (656 + 132)}, {"v4-pro", 1 << 20, 5_299_404_800}, {"v4-flash", 1 << 20, 3_700_048_896}} {
		a, err := NewAccount(w.model, w.context, c)
		if err != nil {
			t.Fatal(err)
		}
		if d := math.Abs(float64(a.Cache)/float64(w.cache) - 1); d > 5e-4 {
			t.Errorf("%s: %d bytes of cache, want %d", w.model, a.Cache, w.cache)
		}
		for _, l := range a.Lines {
			if l.Formula == "" {
				t.Errorf("%s %s has no formula", w.model, l.Name)
			}
		}
		var out bytes.Buffer
		if err := a.Write(&out, c); err != nil || !strings.Contains(out.String(), "total") {
			t.Errorf("%v: %s", err, out.String())
		}
	}
	if _, err := NewAccount("gpt-5", 0, c); err == nil {
		t.Error("an unknown model has an account")
	}
}

// TestQuotient: samples are paired by turn, and what sets the time is said where
// it does not follow the bytes.
func TestQuotient(t *testing.T) {
	var a, b []Sample
	for i := range 12 {
		speed := 1 + 0.5*float64(i%3) // the machine changes; the quotient does not
		a = append(a, Sample{Scenario: Scenario{Batch: 1}, StepNs: 2e6 * speed, WallGBs: 50, Costs: Costs{BytesPerStep: 1e6}})
		b = append(b, Sample{Scenario: Scenario{Batch: 1}, StepNs: 1e6 * speed, WallGBs: 50, Costs: Costs{BytesPerStep: 1e6}})
	}
	if m := quotient(a, b); m.Ratio != 2 || m.Lo != 2 || m.Hi != 2 || m.N != 12 {
		t.Errorf("quotient %+v, want exactly 2", m)
	}
	row := Checked{Touched: 1}
	row.judge(Claim{A: "a", B: "b"}, map[Load][]Sample{{"a", 1}: a, {"b", 1}: b}, 1)
	if row.Measured["1"].Ratio != 2 || !strings.Contains(row.Note, "a runs at") {
		t.Errorf("%+v", row)
	}
	row = Checked{Touched: 2.1}
	if row.judge(Claim{A: "a", B: "b"}, map[Load][]Sample{{"a", 1}: a, {"b", 1}: b}, 1); row.Note != "" {
		t.Errorf("time within 10 %% of bytes needs no note: %q", row.Note)
	}
	even, odd := alternate(a)
	if len(even) != 6 || len(odd) != 6 {
		t.Errorf("%d and %d samples", len(even), len(odd))
	}
	if (Checked{}).time("1") != "-" || known(Number(math.NaN())) != "-" || row.time("1") == "-" {
		t.Error("what is not there must print as -")
	}
}

// TestCosts: at 3.6 USD an hour a token a second costs 1000 USD per million.
func TestCosts(t *testing.T) {
	samples := map[Load][]Sample{{"v4-flash", 1}: {{Scenario: Scenario{Batch: 1}, StepNs: 5e8, Costs: Costs{BytesPerStep: 10e9}}}}
	costs := PriceTokens(samples, 3.6)
	if len(costs) != 1 || costs[0].TokS != 2 || math.Abs(costs[0].USD-500) > 1e-9 || math.Abs(costs[0].NeedTokS-1000/0.28) > 1e-6 || math.Abs(costs[0].NeedGBs-1e4/0.28) > 1e-5 {
		t.Errorf("%+v", costs)
	}
	var out bytes.Buffer
	if err := WriteCosts(&out, costs, 3.6); err != nil || !strings.Contains(out.String(), "v4-flash") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// TestResume: whole rounds of the same scenarios are taken over, nothing else.
func TestResume(t *testing.T) {
	r := Ratios{Convention: ledger.Conventions()[0], Count: 12, Rounds: 4, Dir: t.TempDir(), Batches: []int{1}, Progress: func(string, ...any) {}}
	plans, err := r.plans()
	if err != nil || len(plans) != 3 {
		t.Skipf("%d plans fit here: %v", len(plans), err)
	}
	store, err := Create(r.Dir, "before", hw.Describe())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		s := testSample("x", 1e6, 50)
		s.Scenario, s.Repeat = plans[0].Scenario, i
		if err := store.Write(s); err != nil {
			t.Fatal(err)
		}
		s.Ctx = 5
		if err := store.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.resume(plans, 3); err != nil {
		t.Fatal(err)
	}
	if got := len(r.Samples[Load{plans[0].Model, 1}]); got != 6 || len(r.Samples) != 1 {
		t.Errorf("%d samples of %d loads, want the 6 of 2 whole rounds", got, len(r.Samples))
	}
}
