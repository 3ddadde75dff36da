package bench

import (
	"fmt"
	"strings"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/model"
)

// These benchmarks are the public suite: `go test -bench . ./bench`. Names are
// data (see benchstat -col); shares of the wall are medians of pairs measured
// side by side. A model whose kernels disagree with their references fails
// before it is timed.

// benchPool is a tuned pool over all CPUs, pinned for the benchmark.
func benchPool(b *testing.B) *hw.Pool {
	b.Helper()
	pool, err := hw.NewPool(len(hw.CPUs()))
	if err != nil {
		b.Fatal(err)
	}
	unpin := pool.Pin()
	b.Cleanup(func() { unpin(); pool.Close() })
	if _, err := matmul.Tune(pool); err != nil {
		b.Fatal(err)
	}
	return pool
}

// BenchmarkDecode measures whole models as `moebench run` does: each iteration
// is one sample, a slice of at least 50 ms of decoding and as much of the wall.
func BenchmarkDecode(b *testing.B) {
	for _, c := range model.Presets() {
		benchmarkScenario(b, Scenario{Model: c.ID, Phase: "decode", Ctx: 4096, Batch: 1})
	}
}

// BenchmarkPrefill is BenchmarkDecode for 512 tokens at a time.
func BenchmarkPrefill(b *testing.B) {
	for _, id := range []string{"qwen3-30b-a3b", "gpt-oss-20b", "v4-flash"} {
		benchmarkScenario(b, Scenario{Model: id, Phase: "prefill", Ctx: 4096, Batch: 1, Tokens: 512})
	}
}

// benchmarkScenario fills in what all have in common; the name is the one of stored results.
func benchmarkScenario(b *testing.B, s Scenario) {
	s.Format, s.Route, s.ISA, s.Threads, s.Seed = "mxfp4", "uniform", kernels.LimitISA().String(), len(hw.CPUs()), DefaultSeed
	_, dimensions, _ := strings.Cut(s.Name(), "/")
	b.Run(dimensions, func(b *testing.B) { measureScenario(b, s) })
}

func measureScenario(b *testing.B, s Scenario) {
	pool := benchPool(b)
	p, err := NewPlan(s, MinCycle())
	if err != nil {
		b.Fatal(err)
	}
	if p.Check(hw.Memory()) != nil {
		b.Skip("does not fit into memory")
	}
	run, err := p.Open(pool, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer run.Close()
	if err := run.Verify(); err != nil {
		b.Fatal(err)
	}
	var samples []Sample
	for b.Loop() {
		samples = append(samples, run.Sample("bench", len(samples)))
	}
	for _, u := range units {
		b.ReportMetric(median(column(samples, u.value)), u.name)
	}
	noTime(b)
}

// noTime leaves out ns/op: an iteration is a sample, with the wall and peaks beside it.
func noTime(b *testing.B) { b.ReportMetric(0, "ns/op") }

// BenchmarkKernels measures every row of `moebench kernels`: an iteration is one
// sample, a slice of the kernel and one of its limit.
func BenchmarkKernels(b *testing.B) {
	for _, row := range KernelRows() {
		name := fmt.Sprintf("%s/isa=%s", row.Name, kernels.LimitISA())
		if !strings.Contains(name, "/threads=") {
			name += fmt.Sprintf("/threads=%d", len(hw.CPUs()))
		}
		b.Run(name, func(b *testing.B) {
			r, err := row.Measure(b.Context(), benchPool(b), max(b.N, 5))
			if err != nil {
				b.Skip(err)
			}
			noTime(b)
			if row.Limit == Latency {
				b.ReportMetric(float64(r.Rate.Median), row.Limit.unit()+"/call")
				return
			}
			share := "%limit"
			if r.Bound == MemoryWall {
				share = "%wall"
			}
			b.ReportMetric(float64(r.Rate.Median), row.Limit.unit())
			b.ReportMetric(100*float64(r.Share.Median), share)
			b.ReportMetric(100*float64(r.Worst), share+"-worst")
		})
	}
}

// BenchmarkRouter measures the choice of a token, as the row router does, of other models too.
func BenchmarkRouter(b *testing.B) {
	for _, id := range []string{"v4-flash", "minimax-m2", "qwen3-30b-a3b", "gpt-oss-20b", "mixtral-8x7b"} {
		c := lastFFN(id)
		b.Run(fmt.Sprintf("model=%s/experts=%d/top=%d", id, c.Experts, c.Router.TopK), func(b *testing.B) {
			w, err := router(c)(nil)
			if err != nil {
				b.Fatal(err)
			}
			tokens := 0.0
			for b.Loop() {
				tokens += w.Step()
			}
			noTime(b)
			b.ReportMetric(float64(b.Elapsed())/tokens, "ns/token")
		})
	}
}
