package model

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"moebench/attention"
	"moebench/kernels/kerneltest"
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
// are twice what was measured (the next flip) rather than derived. Weights and
// activations alone change nothing where every kernel multiplies exact weights
// with f32 rows (BF16, FP8). Measured where attention to native rows rounds queries and
// weights to bf16 (kernels/attend); that doubles the distance of BF16 rows and is lost among
// the flips of FP8 rows.
func TestNativeDistance(t *testing.T) {
	type bound struct{ kl, change float64 }
	limits := map[string]struct{ cache, weights, both bound }{ // measured: half of it
		"v2-lite":    {bound{5.2e-4, 0.016}, bound{}, bound{5.2e-4, 0.016}}, // BF16 rows
		"v3":         {bound{9.4e-5, 0.012}, bound{}, bound{9.4e-5, 0.012}},
		"v32":        {bound{0.77, 0.38}, bound{}, bound{0.77, 0.38}}, // FP8 rows and indexer keys
		"v32-packed": {bound{0.44, 0.30}, bound{2e-12, 1e-5}, bound{0.44, 0.30}},
		"v4":         {bound{0.077, 0.24}, bound{}, bound{0.077, 0.24}}, // FP8 rows, FP4 indexer keys
		"v4-cache":   {bound{0.042, 0.28}, bound{}, bound{0.042, 0.28}},
		"v4-packed":  {bound{0.12, 0.27}, bound{0.026, 0.1}, bound{0.13, 0.27}}, // FP4 experts: int8 activations
		"v4-pro":     {bound{0.053, 0.28}, bound{}, bound{0.053, 0.28}},
	}
	pool := kerneltest.Pool(t, 2)
	for _, g := range goldens(t) {
		limit, listed := limits[filepath.Base(g.dir)]
		if !listed {
			continue
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

// TestSnapshot: what follows a snapshot follows it again bit for bit, in the same
// session and in another one.
func TestSnapshot(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	for _, dir := range []string{"testdata/v4", "testdata/v32", "testdata/gpt-oss"} {
		m, err := load(dir, Native, pool)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		o := Options{Sequences: 2, Capacity: 100, MaxRows: 4, Cache: attention.CacheNative}
		s, other := newSession(t, m, pool, o), newSession(t, m, pool, o)
		step := func(s *Session, from, n int) []float32 {
			var out []float32
			for i := range n {
				out = append(out, s.Forward([]Row{{0, int32((from + i) % 150)}, {1, int32((from + 3*i) % 150)}, {0, int32(i)}}, 3)...)
			}
			return out
		}
		step(s, 0, 21)
		snap := s.Snapshot()
		want := step(s, 7, 20)
		s.Restore(snap)
		if !slices.Equal(step(s, 7, 20), want) {
			t.Errorf("%s: other bits after going back", dir)
		}
		other.Restore(snap)
		if !slices.Equal(step(other, 7, 20), want) {
			t.Errorf("%s: other bits in another session", dir)
		}
	}
}
