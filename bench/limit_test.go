package bench

import (
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/ledger"
)

// TestLimit: a line takes as long as its bytes or its arithmetic, whichever is longer, and
// rows of int8, and of bf16 where kernels read them, have a peak of their own.
func TestLimit(t *testing.T) {
	s := Sample{WallGBs: 10, FloatGFLOPs: 200, F32GFLOPs: 100, Int8GFLOPs: 400}
	p := &Plan{Scenario: Scenario{Tokens: 2}}
	lines := ledger.Ledger{
		{Format: "bf16", WeightBytes: 1000, MACs: 500},  // 100 ns of memory, 10 of arithmetic
		{Format: "bf16", WeightBytes: 1000, MACs: 7500}, // 100 and 150
		{Format: "mxfp4", WeightBytes: 10, MACs: 8000},  // 1 and 40
		{Format: "int8", WeightBytes: 10, MACs: 4000},   // 1 and 20
		{Format: "fp8+bf16", CacheRead: 400, MACs: 50},  // 20, since both tokens read a row together, and 0.5
		{Format: "fp8+bf16", CacheRead: 4, MACs: 4000},  // 0.2 and 40
		{Format: "f32", Params: 7},                      // nothing
	}
	for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
		want, restore := 100.+150+40+20+20+40, kernels.Limit(isa)
		if isa == hw.AVX512BF16 { // bf16 rows: 7500 multiply-adds take 75 ns
			want -= 50
		}
		if got := p.limit(lines, &s); got != want {
			t.Errorf("%s: limit %v ns, want %v", isa, got, want)
		}
		restore()
	}
	for i := range 4 {
		unknown := s
		*[]*float64{&unknown.WallGBs, &unknown.FloatGFLOPs, &unknown.F32GFLOPs, &unknown.Int8GFLOPs}[i] = 0
		if got := p.limit(lines, &unknown); got != 0 {
			t.Errorf("limit %v ns at rates %+v, want 0: not known", got, unknown)
		}
	}
}

// TestShareOfLimit: shares are those of each sample; samples of before the limit was
// recorded have none.
func TestShareOfLimit(t *testing.T) {
	samples := speedSamples("a", 10, 10, 20, 10)
	for i := range samples {
		if i > 0 {
			samples[i].Parts[0].LimitNs = 5e6 // of 20 ms, or of 10
			samples[i].Parts[1].LimitNs = 5e6 // 4 x 5 + 5 of 100 ms, or of 50
		}
	}
	r := Summarise(samples, testEnv)[0]
	wantNear(t, "share of limit", r.ShareOfLimit, 0.25)
	wantNear(t, "a layer's", r.Layers[0].ShareOfLimit, 0.25)
	old := Summarise(samples[:1], testEnv)[0]
	if old.ShareOfLimit.Known() || old.Layers[0].ShareOfLimit.Known() {
		t.Errorf("a sample without a limit has shares %v and %v", old.ShareOfLimit, old.Layers[0].ShareOfLimit)
	}
}
