package bench

import (
	"strings"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/ledger"
	"moebench/model"
)

func decode(id, format string) Scenario {
	return Scenario{Model: id, Phase: "decode", Ctx: 4096, Batch: 1, Format: format, Route: "uniform", ISA: "generic", Threads: 1, Seed: DefaultSeed}
}

// TestPlans: every preset in every format has its kinds at true size, in enough
// copies, and costs that add up to the whole model's ledger.
func TestPlans(t *testing.T) {
	for _, c := range model.Presets() {
		for _, format := range []string{Native, "mxfp4", "int8"} {
			const cycle = 1 << 30
			p, err := NewPlan(decode(c.ID, format), cycle)
			if err != nil {
				t.Fatal(err)
			}
			var counted, sum int64
			step := ledger.Step{Tokens: 1, Context: 4097}
			for _, k := range p.Kinds {
				counted += int64(k.Count)
				layer := p.Sampled.LayerLedger(p.Sampled.Layers[k.Layers[0]], p.Formats, p.Cache, step).Total().Bytes()
				sum += int64(k.Count) * layer
				if n := int64(len(k.Layers)); n < int64(k.Count) && n*layer < cycle/int64(len(p.Kinds)) {
					t.Errorf("%s %s: %d copies of %s read %d bytes: a cache may hold them", c.ID, format, n, k.Name, n*layer)
				}
			}
			if len(p.Sampled.Layers) < len(c.Layers) && p.weightBytes+p.cacheBytes < held*cycle {
				t.Errorf("%s %s: %d layers of %d in %.1f GB: more memory is read more slowly", c.ID, format, len(p.Sampled.Layers), len(c.Layers), gb(p.Bytes()))
			}
			sum += c.HeadLedger(p.Formats, step).Total().Bytes() + p.Formats.Embed.RowBytes(c.Hidden)
			if counted != int64(len(c.Layers)) || sum != p.Counts.BytesPerStep {
				t.Errorf("%s %s: %d layers, %d bytes; the model has %d and %d", c.ID, format, counted, sum, len(c.Layers), p.Counts.BytesPerStep)
			}
			const memory = 24e9
			p.Fit(hw.MemoryInfo{Total: memory, Available: memory})
			if p.Bytes() > memory {
				t.Errorf("%s %s needs %.1f GB, want at most 24", c.ID, format, gb(p.Bytes()))
			}
			for i, b := range p.sampling.Bank {
				x, y := p.Sampled.Layers[b].FFN, p.Sampled.Layers[i].FFN
				if b > i || x.Experts != y.Experts || x.Inter != y.Inter {
					t.Errorf("%s: layer %d shares with layer %d, which has other experts", c.ID, i, b)
				}
			}
		}
	}
}

// TestWhole: all layers of a model, each with its own experts.
func TestWhole(t *testing.T) {
	for _, id := range []string{"gpt-oss-20b", "v2-lite", "v4-flash"} {
		p, err := NewPlan(decode(id, "mxfp4"), Whole)
		if err != nil {
			t.Fatal(err)
		}
		if p.Extrapolated() || len(p.Sampled.Layers) != len(p.Whole.Layers) || float64(p.weightBytes) < 0.5*float64(p.Counts.TotalParams) {
			t.Errorf("%s: %d of %d layers, %.1f GB, extrapolated %v", id, len(p.Sampled.Layers), len(p.Whole.Layers), gb(p.weightBytes), p.Extrapolated())
		}
	}
}

// TestBatchBytes: a batch reads each expert it hits once.
func TestBatchBytes(t *testing.T) {
	s := decode("qwen3-30b-a3b", "mxfp4")
	s.Batch = 4
	p, err := NewPlan(s, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	expert := float64(kernels.MXFP4.Bytes(2*768, 2048) + kernels.MXFP4.Bytes(2048, 768))
	if got := float64(p.Counts.BytesPerStep) - p.sharing(20, p.modelBytes); got != 48*12*expert {
		t.Errorf("12 experts fewer in each of 48 layers save %g bytes, want %g", got, 48*12*expert)
	}
	if got := p.sharing(20.5, p.modelBytes) - p.sharing(20, p.modelBytes); got != 24*expert {
		t.Errorf("half an expert is %g bytes, want %g", got, 24*expert)
	}
	if all := p.sharing(0, p.modelBytes); all != float64(p.Counts.BytesPerStep) {
		t.Errorf("where every choice hits another expert a step reads %g bytes, want %d", all, p.Counts.BytesPerStep)
	}
	layer := func(s ledger.Step) float64 { return p.partBytes(0, s) }
	if got := float64(p.Kinds[0].Bytes) - p.sharing(20.5, layer); got != 11.5*expert {
		t.Errorf("11.5 experts fewer in a layer save %g bytes, want %g", got, 11.5*expert)
	}
}

func TestPlanErrors(t *testing.T) {
	for _, c := range []struct {
		s    Scenario
		want string
	}{{decode("gpt-5", "mxfp4"), "unknown model"}, {decode("olmoe-1b-7b", "q4"), "or native"}} {
		if _, err := NewPlan(c.s, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
	}
	p, err := NewPlan(decode("olmoe-1b-7b", "mxfp4"), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Check(hw.MemoryInfo{Total: 2e9, Available: 1e9})
	if err == nil || !strings.Contains(err.Error(), "available 1.0 GB: less is needed with a smaller -ctx, or a smaller model") {
		t.Errorf("too little memory: %v", err)
	}
	if err := p.Check(hw.MemoryInfo{Total: 64e9, Available: 60e9}); err != nil {
		t.Error(err)
	}
}

func TestParseSizes(t *testing.T) {
	got, err := ParseSizes("1, 4k,1M,1G", 1)
	if err != nil || len(got) != 4 || got[1] != 4096 || got[2] != 1<<20 {
		t.Errorf("%v %v", got, err)
	}
	for text, want := range map[string]string{"": "is not a size", "4x": "is not a size", "-1": "is not a size", "1.5k": "is not a size", "99999999999": "99999999999 is too large: want at most 2147483647", "99999999999999999999": "is too large", "2G": "2G is too large", "0": "too small"} {
		if _, err := ParseSizes(text, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestSweep(t *testing.T) {
	plenty := hw.MemoryInfo{Total: 64e9, Available: 60e9}
	s := Sweep{Models: []string{All}, Formats: []string{"mxfp4", Native}, Routes: []string{"uniform"}, Ctx: []int{1024, 4096}, Batch: []int{1}, Threads: []int{1}}
	plans, err := s.Plans(plenty, 1<<20)
	if err != nil || len(plans) != 2*2*len(model.Presets()) || plans[0].ISA == "" {
		t.Errorf("%d plans, %v", len(plans), err)
	}
	for _, c := range []struct {
		change func(*Sweep)
		want   string
	}{
		{func(s *Sweep) { s.Threads = []int{0} }, "threads is 0, want 1 to"},
		{func(s *Sweep) { s.Threads = []int{100000} }, "threads is 100000, want 1 to"},
		{func(s *Sweep) { s.ISA = "sse" }, `unknown ISA "sse"`},
		{func(s *Sweep) { s.Routes = []string{"x"} }, `unknown routing "x"`},
		{func(s *Sweep) { s.Routes = []string{"trace:/nowhere.csv"} }, "/nowhere.csv"},
		{func(s *Sweep) { s.Models = []string{All, "gpt-5"} }, `unknown model "gpt-5"`},
		{func(s *Sweep) { s.Batch = []int{1 << 30} }, "no memory holds as many"},
		{func(s *Sweep) { s.Batch, s.Tokens = []int{1 << 15}, 1<<30 }, "batch 32768 of 1073742848 tokens each"},
		{func(s *Sweep) { s.Ctx, s.Batch = []int{1 << 30}, []int{1 << 5} }, "less is needed with a smaller -ctx, or a smaller -batch"},
	} {
		bad := s
		c.change(&bad)
		if _, err := bad.Plans(plenty, 1<<20); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
