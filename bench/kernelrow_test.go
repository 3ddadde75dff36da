package bench

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"moebench/hw"
	"moebench/kernels/kerneltest"
)

// TestKernelRows: names are benchmark names, each used once, and targets are shares.
func TestKernelRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range KernelRows() {
		if seen[r.Name] || strings.ContainsAny(r.Name, " \t") || strings.Count(r.Name, "/") != strings.Count(r.Name, "=") {
			t.Errorf("%q: want a name of its own, then /key=value", r.Name)
		}
		seen[r.Name] = true
		if r.Limit != Latency && !(r.Target > 0 && r.Target < 1) || r.Target <= 0 {
			t.Errorf("%s: target %g", r.Name, r.Target)
		}
	}
	for name := range elsewhere {
		if !seen[name] {
			t.Errorf("%s: known elsewhere, but no row", name)
		}
	}
}

// TestMeasureRow: a kernel's rate beside its limit, for every limit.
func TestMeasureRow(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	arena, err := hw.NewArena(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	defer arena.Free()
	memory := arena.Alloc(64 << 20)
	for _, l := range []Limit{MemoryWall, Int8Peak, FloatPeak, Latency} {
		row := KernelRow{"sleep", l, 0.5, "99 peer", func(*hw.Pool) (*KernelWork, error) {
			return &KernelWork{Memory: memory, Loads: hw.Wall{Streams: 2}, Close: func() {}, Intensity: 1e-6,
				Step:    func() float64 { time.Sleep(time.Millisecond); return 1e6 },
				InCache: func() float64 { time.Sleep(time.Millisecond); return 1e7 }}, nil
		}}
		if l == Latency {
			row.Target = 1e9
		}
		r, err := row.Measure(context.Background(), pool, 2)
		if err != nil {
			t.Fatal(err)
		}
		peak, _ := hw.PeakRate(pool, hw.BestISA(), "int8", "f32")
		bounded := l != Latency && peak > 0
		if !r.Rate.Median.Known() || r.Rate.Median <= 0 || bounded && l != Int8Peak && !(r.Wall > 0 && r.Worst <= r.Share.Median) || l == Latency && !r.Met {
			t.Errorf("%s: %+v", l, r)
		}
		mean, _ := l.peak(pool, hw.BestISA()) // 0 without a loop
		if arithmetic := mean > 0; r.Best.Known() != arithmetic || arithmetic && r.Best < r.Wall {
			t.Errorf("%s: best slice %v, mean %v", l, r.Best, r.Wall)
		}
		if alone := l == MemoryWall || (l == Int8Peak || l == FloatPeak) && hw.TileRate(pool, hw.BestISA(), "f32") > 0; r.Bare.Known() != alone {
			t.Errorf("%s: bare %v", l, r.Bare)
		}
		if limited := l != MemoryWall && l != Latency; r.Memory.Known() != limited || limited && r.Memory > 1e-3 { // below 1000 GB/s
			t.Errorf("%s: memory lets it do %v", l, r.Memory)
		}
		if !(r.Cached > 1 && r.Cached <= 10) { // 1e7 in at least a millisecond
			t.Errorf("%s: %v in cache", l, r.Cached)
		}
		var out strings.Builder
		if err := WriteKernels(&out, []KernelResult{r}); err != nil || !strings.Contains(out.String(), "sleep") || !strings.Contains(out.String(), "| 99 peer") || !strings.HasSuffix(out.String(), kernelsLegend) {
			t.Errorf("%v: %s", err, out.String())
		}
	}
	row := KernelRow{"dense", MemoryWall, 0.5, "", func(*hw.Pool) (*KernelWork, error) {
		return &KernelWork{Memory: memory, Close: func() {}, Intensity: 1e6,
			Step: func() float64 { time.Sleep(time.Millisecond); return 1e6 }}, nil
	}}
	f32, _ := hw.PeakRate(pool, hw.BestISA(), "f32")
	if r, err := row.Measure(context.Background(), pool, 2); err != nil || f32 > 0 && (r.Bound != FloatPeak || r.Wall > 1) {
		t.Errorf("1e6 FLOP a byte: %+v, %v", r, err)
	}
	row = KernelRow{Name: "broken", Limit: Latency, Target: 1, Open: func(*hw.Pool) (*KernelWork, error) { return nil, &WrongResult{errors.New("off by one")} }}
	var wrong *WrongResult
	if _, err := row.Measure(context.Background(), pool, 2); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "broken: ") {
		t.Errorf("a wrong kernel: %v", err)
	}
}

// TestBound: what is lowest in most samples bounds all of them; one in which the peak was
// disturbed does not, nor a peak that is not known.
func TestBound(t *testing.T) {
	rates := func() []float64 { return []float64{40, 45, 30} }
	wall := ceiling{limit: MemoryWall, rates: []float64{50, 50, 60}, bare: []float64{48, 49, 47}}
	for _, c := range []struct {
		peak        []float64
		bound       Limit
		limit, bare Number
		share       Interval
	}{
		{[]float64{20, 90, 80}, MemoryWall, 50, 48, Interval{0.8, 0.5, 0.9, 3}},
		{[]float64{48, 90, 48}, FloatPeak, 48, 70, Interval{0.625, 0.5, 40.0 / 48, 3}},
		{[]float64{math.NaN(), math.NaN(), math.NaN()}, MemoryWall, 50, 48, Interval{0.8, 0.5, 0.9, 3}},
	} {
		r := KernelResult{Limit: MemoryWall, Target: 0.7}
		r.take(rates(), []ceiling{wall, {limit: FloatPeak, rates: c.peak, bare: []float64{70, 70, 70}}})
		if r.Bound != c.bound || r.Wall != c.limit || r.Bare != c.bare || r.Share != c.share || r.Worst != c.share.Lo {
			t.Errorf("peak %v: %+v", c.peak, r)
		}
	}
}

// TestRateOf: work is divided by the time that counts.
func TestRateOf(t *testing.T) {
	var spent time.Duration
	step := func() float64 { time.Sleep(time.Millisecond); spent += 100; return 300 }
	if rate := rateOf(step, func() time.Duration { return spent }, 3*time.Millisecond); rate != 3 {
		t.Errorf("300 a step in 100 ns: %v", rate)
	}
	if rate := rateOf(step, nil, 3*time.Millisecond); !(rate > 0 && rate <= 3e-4) {
		t.Errorf("300 a step in a millisecond: %v", rate)
	}
}

// TestJoinRuns: medians over the runs of a row, and its worst run.
func TestJoinRuns(t *testing.T) {
	result := func(name string, share Number) KernelResult {
		i := Interval{share, share, share, 2}
		return KernelResult{Name: name, Limit: FloatPeak, Rate: Interval{100 * share, 0, 0, 2}, Wall: 100, Bare: 90 + share, Share: i, Worst: share / 2, Runs: 1, Target: 0.6}
	}
	runs := []KernelResult{result("a", 0.5), result("b", 0.7), result("a", 0.9), result("a", 0.6)}
	runs[0].Bound, runs[2].Bound, runs[3].Bound = FloatPeak, MemoryWall, MemoryWall
	joined := JoinRuns(runs)
	if len(joined) != 2 || joined[1].Name != "b" || joined[1].Worst != 0.35 || joined[1].Runs != 1 {
		t.Fatalf("%+v", joined)
	}
	if a := joined[0]; a.Runs != 3 || a.Share != (Interval{0.6, 0.5, 0.9, 3}) || a.Rate.Median != 60 || a.Bare != 90.6 || a.Worst != 0.5 || a.Bound != MemoryWall || !a.Met {
		t.Errorf("%+v", a)
	}
	var out strings.Builder
	if err := WriteKernels(&out, joined); err != nil || !strings.Contains(out.String(), "worst run") {
		t.Errorf("%v: %s", err, out.String())
	}
}

// TestKernels: rows by name, results as they come, an end when asked for.
func TestKernels(t *testing.T) {
	var got []string
	ctx, cancel := context.WithCancel(context.Background())
	err := Kernels(ctx, "threads=1", 2, 2, func(string, ...any) {}, func(r KernelResult) error {
		got = append(got, r.Name)
		if len(got) == 2 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(got) != 2 || !strings.HasPrefix(got[0], "topk/k=512") {
		t.Errorf("%v, %v", got, err)
	}
}
