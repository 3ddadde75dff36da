package model

import (
	"math"
	"path/filepath"
	"testing"

	"moebench/attention"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/kernels/matmul"
)

// distance compares two sets of logits [T][vocab] as distributions over the next
// token: the mean KL divergence in nats, and the largest change of a probability.
func distance(exact, other []float32, vocab int) (kl, change float64) {
	rows := len(exact) / vocab
	for r := range rows {
		p, q := softmax64(exact[r*vocab:(r+1)*vocab]), softmax64(other[r*vocab:(r+1)*vocab])
		for i := range p {
			kl += p[i] * math.Log(p[i]/q[i]) / float64(rows)
			change = math.Max(change, math.Abs(p[i]-q[i]))
		}
	}
	return kl, change
}

func softmax64(logits []float32) []float64 {
	p := make([]float64, len(logits))
	var sum float64
	for i, x := range logits {
		p[i] = math.Exp(float64(x))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// TestNativeDistance states how far native precision is from exact for every
// golden, and which ingredient brings it there. The models are tiny, with random
// weights: a rounding in one of a few rows flips an expert or an indexer's choice
// outright, and a flip changes the logits at that position for good. So distances
// are those of a handful of flips, much larger than a trained model's, and bounds
// are twice what was measured (the next flip) rather than derived: with bf16 rows, to
// which kernels of BF16 and FP8 weights round activations where the CPU multiplies them
// fast (see package matmul), and int8 rows for FP4. Elsewhere kernels of BF16 and FP8
// multiply exact weights with f32 rows, and weights change nothing.
func TestNativeDistance(t *testing.T) {
	type bound struct{ kl, change float64 }
	limits := map[string]struct{ cache, weights, both bound }{ // measured: half of it
		"glm4-moe":       {bound{1.5e-5, 0.0038}, bound{6.4e-5, 0.0038}, bound{7.4e-5, 0.003}}, // BF16 rows
		"gpt-oss":        {bound{2.6e-4, 0.0096}, bound{8e-4, 0.017}, bound{8e-4, 0.018}},
		"gpt-oss-packed": {bound{1.1e-3, 0.036}, bound{1.4e-3, 0.032}, bound{1.4e-3, 0.03}}, // FP4 experts
		"llama":          {bound{3e-5, 0.0036}, bound{}, bound{3e-5, 0.0036}},               // F32 weights
		"minimax-m2":     {bound{6.6e-6, 0.0026}, bound{4.6e-3, 0.068}, bound{2.8e-5, 0.005}},
		"mixtral":        {bound{1.8e-3, 0.044}, bound{9.2e-5, 0.007}, bound{6e-3, 0.064}},
		"olmoe":          {bound{1.4e-4, 0.0054}, bound{6.4e-5, 0.005}, bound{2.6e-3, 0.032}},
		"qwen3":          {bound{9.2e-6, 0.0024}, bound{5e-5, 0.0028}, bound{5.6e-5, 0.003}},
		"qwen3-moe":      {bound{1.3e-5, 0.0017}, bound{9.6e-5, 0.0066}, bound{2.2e-4, 0.018}},
		"v2-lite":        {bound{3.2e-4, 0.012}, bound{1.3e-3, 0.028}, bound{8.4e-4, 0.032}},
		"v3":             {bound{8e-5, 0.012}, bound{}, bound{8e-5, 0.012}},            // F32 weights
		"v32":            {bound{0.77, 0.38}, bound{0.32, 0.3}, bound{0.77, 0.38}},     // FP8 rows and indexer keys
		"v32-packed":     {bound{0.44, 0.30}, bound{9.4e-3, 0.104}, bound{0.44, 0.30}}, // FP8 weights
		"v4":             {bound{0.077, 0.24}, bound{0.016, 0.64}, bound{0.08, 0.24}},  // FP8 rows, FP4 indexer keys
		"v4-cache":       {bound{0.042, 0.28}, bound{5.2e-3, 0.068}, bound{0.044, 0.28}},
		"v4-packed":      {bound{0.12, 0.27}, bound{0.026, 0.12}, bound{0.13, 0.27}}, // FP4 experts
		"v4-pro":         {bound{0.053, 0.28}, bound{2.8e-3, 0.12}, bound{0.054, 0.28}},
	}
	pool := kerneltest.Pool(t, 2)
	for _, g := range goldens(t) {
		limit, listed := limits[filepath.Base(g.dir)]
		if !listed {
			t.Errorf("%s has no bounds", g.dir)
		}
		models := map[Mode]*Model{}
		for _, mode := range []Mode{Exact, Native} {
			m, err := load(g.dir, mode, pool)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			models[mode] = m
		}
		if reads := matmul.Activation(models[Native].Formats.Expert); reads == kernels.ActF32 || reads == kernels.ActF32Up {
			limit.weights, limit.both = bound{}, limit.cache
		}
		run := func(mode Mode, cache attention.CacheFormat) []float32 {
			logits, err := Logits(models[mode], pool, g.Tokens, LogitsOptions{Cache: cache})
			if err != nil {
				t.Fatal(err)
			}
			return logits
		}
		exact, vocab := run(Exact, attention.CacheF32), models[Exact].Config.Vocab
		for _, c := range []struct {
			name  string
			mode  Mode
			cache attention.CacheFormat
			bound
		}{{"cache", Exact, attention.CacheNative, limit.cache}, {"weights", Native, attention.CacheF32, limit.weights}, {"both", Native, attention.CacheNative, limit.both}} {
			kl, change := distance(exact, run(c.mode, c.cache), vocab)
			t.Logf("%s %s: KL %.2g, largest change of a probability %.2g", g.dir, c.name, kl, change)
			if !(kl <= c.kl+1e-9 && change <= c.change+1e-4) {
				t.Errorf("%s %s: KL %.2g and change %.2g, want at most %.2g and %.2g", g.dir, c.name, kl, change, c.kl, c.change)
			}
			if c.kl > 1e-5 && kl == 0 {
				t.Errorf("%s %s: changes nothing", g.dir, c.name)
			}
		}
	}
}
