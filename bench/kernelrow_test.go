package bench

import (
	"context"
	"errors"
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
	joined := JoinRuns([]KernelResult{result("a", 0.5), result("b", 0.7), result("a", 0.9), result("a", 0.6)})
	if len(joined) != 2 || joined[1].Name != "b" || joined[1].Worst != 0.35 || joined[1].Runs != 1 {
		t.Fatalf("%+v", joined)
	}
	if a := joined[0]; a.Runs != 3 || a.Share != (Interval{0.6, 0.5, 0.9, 3}) || a.Rate.Median != 60 || a.Bare != 90.6 || a.Worst != 0.5 || !a.Met {
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
