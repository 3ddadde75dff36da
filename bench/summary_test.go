package bench

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestInterval checks the ranks of the interval. A median lies outside ranks lo
// to hi of n with the chance that a binomial(n, 1/2) falls outside: 2/64 for 1..6
// of 6 and 2 x 11/1024 for 2..9 of 10 are below 5 %, 2/32 for 1..5 of 5 is not.
func TestInterval(t *testing.T) {
	up := func(n int) (x []float64) {
		for i := range n {
			x = append(x, float64(n-i)) // descending: order must not matter
		}
		return x
	}
	for _, c := range []struct {
		n      int
		want   Interval
		enough bool
	}{
		{1, Interval{1, 1, 1, 1}, false},
		{2, Interval{1.5, 1, 2, 2}, false},
		{5, Interval{3, 1, 5, 5}, false},
		{6, Interval{3.5, 1, 6, 6}, true},
		{10, Interval{5.5, 2, 9, 10}, true},
	} {
		values := up(c.n)
		got, enough := interval(values)
		if got != c.want || enough != c.enough {
			t.Errorf("n=%d: %+v, %v; want %+v, %v", c.n, got, enough, c.want, c.enough)
		}
		if values[0] != float64(c.n) {
			t.Errorf("n=%d: interval sorted its argument", c.n)
		}
	}
	if got, enough := interval(nil); got.Median.Known() || got.Lo.Known() || got.Hi.Known() || got.N != 0 || enough {
		t.Errorf("no values: %+v, %v", got, enough)
	}
	if got, _ := interval([]float64{float64(missing()), 7}); got != (Interval{7, 7, 7, 1}) {
		t.Errorf("one known value of two: %+v", got)
	}
}

func TestSummariseOrderAndRates(t *testing.T) {
	var samples []Sample
	// Rounds over both models, as a run interleaves them: 1..10 tok/s for a,
	// and b at batch 4 with 400 ms steps.
	for i := range 10 {
		a := testSample("a", 1e9/float64(i+1), 100)
		b := testSample("b", 4e8, 10)
		b.Batch = 4
		b.BytesPerStep = 2e9 + int64(i%2)*2e8 // bytes follow the experts hit: 5 and 5.5 GB/s
		samples = append(samples, b, a)
	}
	got := Summarise(samples, testEnv)
	if len(got) != 2 || got[0].Model != "b" || got[1].Model != "a" {
		t.Fatalf("want b, a in first-seen order, got %d results", len(got))
	}
	a, b := got[1], got[0]
	if a.TokS.N != 10 {
		t.Errorf("n = %d", a.TokS.N)
	}
	wantNear(t, "a tok/s", a.TokS.Median, 5.5)
	wantNear(t, "a lo", a.TokS.Lo, 2)
	wantNear(t, "a hi", a.TokS.Hi, 9)
	wantNear(t, "a GB/s", a.GBs, 11) // 2 GB x 5.5
	wantNear(t, "a bytes", a.BytesPerToken, 2e9)
	wantNear(t, "a share", a.ShareOfWall, 0.11)
	wantNear(t, "b tok/s", b.TokS.Median, 10) // 4 sequences in 0.4 s
	wantNear(t, "b bytes", b.BytesPerToken, 2.1e9/4)
	wantNear(t, "b GB/s", b.GBs, 5.25)
	wantNear(t, "b share", b.ShareOfWall, 0.525)
	// The parts of a take 1/5 of 1e9/k: the median of k = 5 and 6.
	wantNear(t, "a layer", Number(a.Layers[0].Ns), (2e8/5+2e8/6)/2)
	for i := range a.Layers {
		p := &a.Layers[i]
		if p.Share.Known() || p.ShareOfLimit.Known() {
			t.Errorf("%+v has shares: neither bytes nor a limit were recorded", p)
		}
		p.Share, p.ShareOfLimit = 0, 0 // NaN is not equal to itself
	}
	if d := diff([]Part{{Kind: "gqa+moe", Count: 4, Ns: a.Layers[0].Ns}, {Kind: "head", Count: 1, Ns: a.Layers[1].Ns}}, a.Layers); d != "" {
		t.Error(d)
	}
	if !a.MoE() {
		t.Error("a has gqa+moe layers but counts as dense")
	}
}

// The share is taken within samples: here the quotient of medians would be 0.5.
func TestShareIsPerSample(t *testing.T) {
	samples := []Sample{testSample("a", 2e8, 20), testSample("a", 2e9/30, 40), testSample("a", 2e8, 10)} // 10/20, 30/40, 10/10 GB/s
	r := Summarise(samples, testEnv)[0]
	wantNear(t, "share", r.ShareOfWall, 0.75)
	wantNear(t, "GB/s", r.GBs, 10)
	wantNear(t, "wall", r.WallGBs, 20)
}

func TestVerdict(t *testing.T) {
	steady := func(stepNs, wall float64, n int, edit func(i int, s *Sample)) []Sample {
		var out []Sample
		for i := range n {
			s := testSample("a", stepNs, wall)
			if edit != nil {
				edit(i, &s)
			}
			out = append(out, s)
		}
		return out
	}
	for _, c := range []struct {
		name    string
		samples []Sample
		want    string
	}{
		{"memory-bound", steady(2e9/87, 100, 6, nil), "memory-bound: 87 % of the wall"},
		{"at the threshold", steady(2e9/75, 100, 6, nil), "memory-bound: 75 % of the wall"},
		{"below", steady(2e9/54, 100, 6, nil), "below the wall: 54 %"},
		{"above", steady(2e9/112, 100, 6, nil), "above the wall: 112 %; the wall was disturbed or bytes came from a cache"},
		{"no wall", steady(2e9/54, 0, 6, nil), "wall not available"},
		{"one sample", steady(2e9/54, 100, 1, nil), "below the wall: 54 %; n too small for an interval: 1"},
		{"noisy", speedSamples("a", 8, 8, 10, 10, 10, 11.5), "below the wall: 20 %; noisy: -20 % to +15 %"},
		{"one side", speedSamples("a", 10, 10, 10, 10, 10, 11.5), "below the wall: 20 %; noisy: +0 % to +15 %"},
		{"narrow", speedSamples("a", 9.1, 10, 10, 10, 10, 10.9), "below the wall: 20 %"},
		// 6 x 2 threads x 100 ms = 1.2 s of CPU time, 60 ms taken: 5 %.
		{"steal", steady(2e9/54, 100, 6, func(_ int, s *Sample) { s.StealNs, s.ElapsedNs = 1e7, 1e8 }),
			"below the wall: 54 %; the host took 5 % of the CPU time"},
		{"little steal", steady(2e9/54, 100, 6, func(_ int, s *Sample) { s.StealNs, s.ElapsedNs = 4e6, 1e8 }), "below the wall: 54 %"},
		{"steal of unknown time", steady(2e9/54, 100, 6, func(_ int, s *Sample) { s.StealNs = 1e9 }), "below the wall: 54 %"},
		{"moved", steady(2e9/54, 100, 6, func(i int, s *Sample) { s.HopNs = float64(33 + i/3*140) }),
			"below the wall: 54 %; the host moved the CPUs: a line takes 33 to 173 ns from core to core"},
		{"not moved", steady(2e9/54, 100, 6, func(i int, s *Sample) { s.HopNs = float64(33 * min(i, 1)) }), "below the wall: 54 %"},
		{"beyond", steady(2e9/54, 100, 6, func(_ int, s *Sample) { s.BeyondMaxPositions = true }),
			"below the wall: 54 %; context beyond the model's max positions"},
		{"mixed", steady(2e9/54, 100, 6, func(i int, s *Sample) { s.TotalParams += int64(i) }),
			"below the wall: 54 %; samples disagree about the parameters, or those in memory"},
		{"fewer experts", steady(2e9/54, 100, 6, func(i int, s *Sample) { s.ResidentExperts = 64 * (i % 2) }),
			"below the wall: 54 %; samples disagree about the parameters, or those in memory"},
	} {
		if got := Summarise(c.samples, testEnv)[0].Verdict; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSummariseEmpty(t *testing.T) {
	if got := Summarise(nil, testEnv); len(got) != 0 {
		t.Errorf("no samples gave %d results", len(got))
	}
}

// The names of `run -json` are read by scripts.
func TestResultJSON(t *testing.T) {
	r := Summarise([]Sample{testSample("a", 1e9, 0)}, testEnv)[0]
	var b bytes.Buffer
	if err := WriteJSON(&b, []Result{r, r}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want one object per result", len(lines))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(lines[0]), &fields); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"schema_version", "model", "phase", "ctx", "batch", "format", "route", "isa", "threads", "seed", "total_params",
		"active_params", "bytes_per_token", "layers", "tok_s", "gb_s", "wall_gb_s", "share_of_wall", "share_of_limit", "hop_ns", "extrapolated", "verdict", "env"} {
		if _, ok := fields[key]; !ok {
			t.Errorf("no %s", key)
		}
		delete(fields, key)
	}
	if len(fields) > 0 {
		t.Errorf("unexpected fields: %v", fields)
	}
	for want, in := range map[string]string{
		`"wall_gb_s":null,"share_of_wall":null`:    "a missing wall is null, not 0",
		`"tok_s":{"median":1,"lo":1,"hi":1,"n":1}`: "the interval",
		`"layers":[{"kind":"gqa+moe","count":4,"ns":200000000,"share_of_wall":null,"share_of_limit":null},{"kind":"head"`: "the layers",
	} {
		if !strings.Contains(lines[0], want) {
			t.Errorf("%s: no %s in %s", in, want, lines[0])
		}
	}
	var back Result
	if err := json.Unmarshal([]byte(lines[0]), &back); err != nil {
		t.Fatal(err)
	}
	if back.WallGBs.Known() || back.TokS != r.TokS || back.Verdict != r.Verdict {
		t.Errorf("read back %+v", back)
	}
}
