package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

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
		r := Ratios{Convention: c}
		report, err := r.Report(context.Background(), nil, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Rows {
			if w := want[c.Name][r.Claim]; w != 0 && math.Abs(100*float64(r.Counted)-w) > 0.006 {
				t.Errorf("%s %s: %.3f %%, want %.2f", c.Name, r.Claim, 100*r.Counted, w)
			}
			if r.Verdict == "stated" != strings.Contains(r.Text, " USD") || r.Counted.Known() == (r.Verdict == "stated") {
				t.Errorf("%s: %s, counted %g: only prices are stated", r.Claim, r.Verdict, r.Counted)
			}
			if c.Name == "fp8-equivalent" && (r.Verdict == "differs") != (r.Claim == "v3.2-total") {
				t.Errorf("%s: %s, %s", r.Claim, r.Verdict, r.Reason)
			}
			if r.Verdict == "differs" && r.Reason == "" {
				t.Errorf("%s %s differs without a reason", c.Name, r.Claim)
			}
		}
		var text, lines bytes.Buffer
		if err := errors.Join(report.Write(&text), report.WriteJSON(&lines)); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(lines.String(), "\n"); n != len(report.Rows)+len(report.Sensitivities)+len(report.Sweep) || !strings.Contains(text.String(), "as it is") {
			t.Errorf("%s: %d lines of JSON\n%s", c.Name, n, text.String())
		}
	}
}

// TestSelected: claims by id, and the list of ids after a mistake.
func TestSelected(t *testing.T) {
	got, err := Selected([]string{"pro-cache", "quarter"})
	if err != nil || len(got) != 2 || got[0].ID != "pro-cache" || got[1].ID != "quarter" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Selected([]string{"half"}); err == nil || !strings.Contains(err.Error(), `unknown claim "half": want one of pro-compute, flash-compute`) {
		t.Errorf("unknown claim: %v", err)
	}
}

// TestShortContext: a claim about a million tokens is no claim about a thousand.
func TestShortContext(t *testing.T) {
	c := ledger.Conventions()[0]
	c.Context = 1000
	rows, err := Check(Claims()[:1], c)
	if err != nil || rows[0].Verdict != "differs" || !strings.Contains(rows[0].Reason, "about a million tokens: at 1000 it is") {
		t.Errorf("%+v, %v", rows, err)
	}
}

// TestBounds: "less than" is kept by anything less, a rounded number on both sides by what
// rounds to it alone.
func TestBounds(t *testing.T) {
	claims, err := Selected([]string{"flash-gpt-price", "flash-pro-price"})
	if err != nil {
		t.Fatal(err)
	}
	for i, published := range []map[float64]string{{0.0092: "differs", 0.0094: "agrees", 0.5: "agrees"}, {0.05: "differs", 0.08: "agrees", 0.1: "differs"}} {
		for at, want := range published {
			claims[i].Published = at
			if row, err := claims[i].check(ledger.Conventions()[0]); err != nil || row.Verdict != want {
				t.Errorf("%s of %g: %s, want %s: %v", claims[i].ID, at, row.Verdict, want, err)
			}
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

// TestSweepRows: the published table of contexts, computed independently; and more
// sequences, which share weights, read fewer bytes each.
func TestSweepRows(t *testing.T) {
	none := func(string, Point) []Sample { return nil }
	rows, err := SweepRows(ledger.Conventions()[0], []Point{{4 << 10, 1}, {1 << 20, 1}, {128 << 10, 1}, {128 << 10, 32}}, none)
	if err != nil {
		t.Fatal(err)
	}
	short, long := rows[0], rows[1]
	if got := fmt.Sprintf("%.1f %.1f %.1f %.1f", 100*long.Pro.Compute, 100*long.Flash.Compute, 100*long.Pro.Cache, 100*long.Flash.Cache); got != "26.7 10.1 10.5 7.3" {
		t.Errorf("at 1M: %s", got)
	}
	if short.Pro.Compute < 0.75 || short.Pro.Bytes < 1 || long.Pro.Bytes > 0.9 || long.Pro.Time.N != 0 {
		t.Errorf("from %+v to %+v", short, long)
	}
	if !long.Models[0].Beyond || short.Models[0].Beyond || long.Models[1].Beyond {
		t.Error("a million tokens are beyond V3.2's positions alone")
	}
	for i, m := range rows[3].Models {
		if m.Bytes > 0.5*rows[2].Models[i].Bytes {
			t.Errorf("%s: batch 32 reads %g bytes a token, batch 1 %g", m.Model, m.Bytes, rows[2].Models[i].Bytes)
		}
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
		if sum := a.ByKind.Total(); sum.Params != a.Total.Params || sum.Bytes() != a.Total.Bytes() {
			t.Errorf("%s: kinds of layers add up to %+v, the total is %+v", w.model, sum, a.Total)
		}
		if macs := a.ByFormat.Total().MACs; macs != a.Total.MACs {
			t.Errorf("%s: formats add up to %d MACs, the total is %d", w.model, macs, a.Total.MACs)
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
	for _, id := range compared {
		for _, context := range []int{4 << 10, 128 << 10, 1_000_000, 1 << 20} {
			a, err := NewAccount(id, context, c)
			if err != nil {
				t.Fatal(err)
			}
			if a.Cache != a.Allocated {
				t.Errorf("%s at %d: %d bytes of cache by the ledger, a session allocates %d", id, context, a.Cache, a.Allocated)
			}
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
		a = append(a, Sample{Scenario: Scenario{Model: "a", Batch: 1}, StepNs: 2e6 * speed, WallGBs: 50, Counts: Counts{BytesPerStep: 1e6}})
		b = append(b, Sample{Scenario: Scenario{Model: "b", Batch: 1}, StepNs: 1e6 * speed, WallGBs: 50, Counts: Counts{BytesPerStep: 1e6}})
	}
	if m := quotient(a, b); m.Ratio != 2 || m.Lo != 2 || m.Hi != 2 || m.N != 12 {
		t.Errorf("quotient %+v, want exactly 2", m)
	}
	row := Checked{Touched: 1}
	row.judge(a, b, 1)
	if row.Measured["1"].Ratio != 2 || !strings.Contains(row.Note, "a runs at") {
		t.Errorf("%+v", row)
	}
	for i := range a {
		a[i].Parts, b[i].Parts = []Part{{Count: 3, LimitNs: 5e5}}, []Part{{Count: 1, LimitNs: 5e5}}
	}
	row = Checked{Touched: 1}
	if row.judge(a, b, 1); !strings.HasSuffix(row.Note, "a runs at 1 % of the memory wall and 50 % of the limit, b runs at 1 % of the memory wall and 33 % of the limit; as memory and arithmetic limit them it would be 3.00") {
		t.Errorf("shares of the limit: %q", row.Note)
	}
	row = Checked{Touched: 2.1}
	if row.judge(a, b, 1); !strings.Contains(row.Note, "time follows bytes") {
		t.Errorf("time within 10 %% of bytes: %q", row.Note)
	}
	if row.judge(nil, nil, 8); row.Measured["8"].N != 0 || row.Measured["8"].String() != "-" {
		t.Errorf("nothing measured: %+v", row.Measured)
	}
	even, odd := alternate(a)
	if len(even) != 6 || len(odd) != 6 {
		t.Errorf("%d and %d samples", len(even), len(odd))
	}
	if known(Number(math.NaN())) != "-" || row.Measured["1"].String() == "-" {
		t.Error("what is not there must print as -")
	}
}
