package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"moebench/attention"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/count"
	"moebench/kernels/kerneltest"
	"moebench/kernels/vec"
	"moebench/ledger"
	"moebench/moe"
)

// small has every part of a model, with sizes in whole blocks of all formats.
func small() *Config {
	a := attention.GQA{Hidden: 128, Heads: 4, KVHeads: 2, HeadDim: 32, QKNorm: attention.PerHead, Eps: 1e-6, Rope: vec.RopeConfig{Theta: 1e4, Dim: 32}}
	w := a
	w.Window = 5
	routed := moe.Config{Hidden: 128, Inter: 128, Experts: 16, SharedInter: 128, Router: moe.Router{Score: moe.Softmax, TopK: 2, Renorm: true}}
	dense := moe.Config{Hidden: 128, Inter: 256}
	return &Config{ID: "small", Vocab: 96, Hidden: 128, Eps: 1e-6, Layers: []Layer{{a, dense}, {w, routed}, {a, routed}, {w, routed}}}
}

func synthetic(t *testing.T, c *Config, f Formats, pool *hw.Pool) *Model {
	t.Helper()
	m, err := Synthetic(c, f, 1, Sampling{}, pool, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func newSession(t *testing.T, m *Model, pool *hw.Pool, o Options) *Session {
	t.Helper()
	s, err := NewSession(m, pool, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// syntheticSums begin the SHA-256 of the small model's weights in every format.
var syntheticSums = map[kernels.Format]string{
	kernels.BF16:  "57a96373b18b",
	kernels.F16:   "0b9f584c2f74",
	kernels.F32:   "b6943481b34d",
	kernels.FP8:   "15b71b32d620",
	kernels.INT8:  "eeae24d741fe",
	kernels.MXFP4: "792de958ffd4",
}

// TestSyntheticBytes: the same seed gives the same bytes on every machine, with every worker
// count, and the same matrices however their panels lie.
func TestSyntheticBytes(t *testing.T) {
	for _, f := range kernels.Formats() {
		var apart *Model
		for _, workers := range []int{1, 2} {
			restore := kernels.Limit(hw.Generic)
			apart = synthetic(t, small(), UniformFormats(f), kerneltest.Pool(t, workers))
			restore()
			sum := sha256.Sum256(apart.Memory())
			if got, golden := hex.EncodeToString(sum[:6]), syntheticSums[f]; got != golden {
				t.Errorf("%s: %d workers give bytes that sum to %s, want %s", f, workers, got, golden)
			}
		}
		want := map[string]*kernels.Matrix{}
		apart.matrices(func(name string, w *kernels.Matrix) { want[name] = w })
		m := synthetic(t, small(), UniformFormats(f), kerneltest.Pool(t, 1))
		m.matrices(func(name string, w *kernels.Matrix) {
			var buffer []byte
			for p := 0; p < w.Panels(); p += 2 {
				if !bytes.Equal(w.Pairs(p, p+2, false, &buffer), want[name].Span(p, p+2)) {
					t.Fatalf("%s: %s differs from panel %d on where panels lie in pairs", f, name, p)
				}
			}
		})
	}
}

// TestSyntheticSize: products of synthetic weights keep the size of vectors, so
// that deep models stay finite.
func TestSyntheticSize(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	for _, f := range kernels.Formats() {
		m := synthetic(t, small(), UniformFormats(f), pool)
		row := make([]float32, m.Layers[0].Attention.Matrices()[0].M.Cols)
		var sum float64
		n := 0
		m.Layers[0].Attention.Matrices()[0].M.Row(3, row)
		for r := range m.Layers[0].Attention.Matrices()[0].M.Rows {
			m.Layers[0].Attention.Matrices()[0].M.Row(r, row)
			for _, v := range row {
				sum += float64(v) * float64(v)
				n++
			}
		}
		if sd := math.Sqrt(sum/float64(n)) / gain(len(row)); sd < 0.7 || sd > 1.4 {
			t.Errorf("%s: standard deviation is %.2f of what keeps sizes", f, sd)
		}
		if err := m.Verify(2, attention.CacheBF16); err != nil {
			t.Error(err)
		}
	}
}

// TestBatchEqualsAlone: sequences that decode together are each as if alone.
func TestBatchEqualsAlone(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	for _, f := range []kernels.Format{kernels.F32, kernels.MXFP4} {
		m := synthetic(t, small(), UniformFormats(f), pool)
		tokens := [][]int32{{5, 9, 33, 2, 7, 1, 8, 90}, {1, 1, 2, 3, 5, 8, 13, 21}, {95, 0, 94, 1, 93, 2, 92, 3}}
		s := newSession(t, m, pool, Options{Sequences: 3, Capacity: 8, MaxRows: 3, Cache: attention.CacheBF16})
		alone := make([]*Session, 3)
		for i := range alone {
			alone[i] = newSession(t, m, pool, Options{Capacity: 8, MaxRows: 3, Cache: attention.CacheBF16})
		}
		for step := range 8 {
			rows := []Row{{0, tokens[0][step]}, {1, tokens[1][step]}, {2, tokens[2][step]}}
			got := slices.Clone(s.Forward(rows, 3))
			for i, a := range alone {
				want := a.Forward([]Row{{0, tokens[i][step]}}, 1)
				if !slices.Equal(got[i*96:(i+1)*96], want) {
					t.Fatalf("%s: step %d, sequence %d differs from alone", f, step, i)
				}
			}
		}
		if s.Len(2) != 8 {
			t.Errorf("length %d, want 8", s.Len(2))
		}
	}
}

// TestHeadOfWantedRows: the logits of the last row are those of all rows', and no other
// row's streams are mixed for them: what kernels do is what the ledger counts.
func TestHeadOfWantedRows(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	c := small()
	c.Streams = Streams{N: 4, Iters: 2, Eps: 1e-6, Norm: 1e-6}
	m := synthetic(t, c, UniformFormats(kernels.MXFP4), pool)
	s := newSession(t, m, pool, Options{Capacity: 5, MaxRows: 5, Cache: attention.CacheBF16})
	all := slices.Clone(s.Forward([]Row{{0, 5}, {0, 9}, {0, 33}, {0, 2}, {0, 7}}, 5))
	for _, wanted := range []int{1, 3} {
		var last []float32
		w := count.Of(func() { last = s.Head(wanted) })
		if !slices.Equal(last, all[(5-wanted)*c.Vocab:]) {
			t.Errorf("the logits of the last %d rows differ from those of 5", wanted)
		}
		pairs, err := m.ExecutedHead(ledger.Step{Tokens: 5, Logits: wanted}, w)
		if err != nil || len(pairs) != 2 {
			t.Fatalf("%d pairs, %v", len(pairs), err)
		}
		for _, p := range pairs {
			if !p.Equal() {
				t.Errorf("%s of %d rows: %+v", p.Counted.Name, wanted, p)
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	m := synthetic(t, small(), UniformFormats(kernels.MXFP4), pool)
	s := newSession(t, m, pool, Options{Capacity: 500, Cache: attention.CacheBF16})
	rows := []Row{{}}
	step := func() {
		rows[0].Token = int32(s.Len(0) * 7 % 96)
		s.Forward(rows, 1)
	}
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("%g allocations a token", n)
	}
}

// TestLedger: parameters equal allocated elements, and the bytes and
// multiply-accumulates of a decoded token equal what the kernels saw.
func TestLedger(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	c := small()
	for _, f := range kernels.Formats() {
		m := synthetic(t, c, UniformFormats(f), pool)
		s := newSession(t, m, pool, Options{Capacity: 40, Cache: attention.CacheBF16})
		s.FillSynthetic(1, 30)
		work := count.Of(func() { s.Forward([]Row{{Token: 3}}, 1) })
		macs, bytes := work.MACs()-work.Attention, work.WeightBytes()
		lines := c.Ledger(UniformFormats(f), attention.CacheBF16, ledger.Step{Tokens: 1, Context: 31})
		for _, line := range lines {
			switch line.Kind {
			case ledger.Cache:
				macs += line.MACs
			case ledger.Table:
				bytes += line.WeightBytes
			}
		}
		total := lines.Total()
		if total.MACs != macs || total.WeightBytes != bytes {
			t.Errorf("%s: ledger %d MACs, %d bytes, kernels saw %d and %d", f, total.MACs, total.WeightBytes, macs, bytes)
		}
		n := int64(m.Embed.Rows * m.Embed.Cols)
		m.matrices(func(_ string, w *kernels.Matrix) { n += int64(w.Rows) * int64(w.Cols) })
		m.vectors(func(x []float32, _ float32) { n += int64(len(x)) })
		if total.Params != n {
			t.Errorf("%s: ledger has %d parameters, allocated are %d", f, total.Params, n)
		}
		if got := WeightBytes(c, UniformFormats(f), Sampling{}); got < int64(len(m.Memory())) {
			t.Errorf("%s: planned %d bytes, used %d", f, got, len(m.Memory()))
		}
	}
}

// TestSharedBanks: layers of a sampled model may share feed-forward weights.
func TestSharedBanks(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	c := small()
	bank := Sampling{Bank: []int{0, 1, 1, 1}}
	m, err := Synthetic(c, UniformFormats(kernels.BF16), 1, bank, pool, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	expert := func(layer, e int) *kernels.Matrix { return m.Layers[layer].FFN.Experts[e].GateUp }
	if expert(1, 0) != expert(3, 0) || expert(0, 0) == expert(1, 0) || m.Layers[1].Attention == m.Layers[2].Attention {
		t.Error("layers 1 to 3 must share their experts, and nothing else")
	}
	bank.Resident = 3
	few, err := Synthetic(c, UniformFormats(kernels.BF16), 1, bank, pool, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer few.Close()
	for e, x := range few.Layers[1].FFN.Experts {
		if x.GateUp != few.Layers[1].FFN.Experts[e%3].GateUp {
			t.Errorf("expert %d is not expert %d again", e, e%3)
		}
	}
	if whole := WeightBytes(c, UniformFormats(kernels.BF16), Sampling{}); WeightBytes(c, UniformFormats(kernels.BF16), bank) >= whole {
		t.Errorf("sharing saves nothing of %d bytes", whole)
	}
}

// TestScratchBytes: a pass of many rows takes about what is told before, and not more.
func TestScratchBytes(t *testing.T) {
	const rows = 512
	pool := kerneltest.Pool(t, 1)
	for _, name := range []string{"llama", "qwen3-moe", "gpt-oss", "v2-lite", "v32", "v4", "v32-packed", "v4-packed"} {
		m, err := load("testdata/"+name, Exact, pool)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := newSession(t, m, pool, Options{Capacity: rows, MaxRows: rows})
		s.Forward(make([]Row, rows), 1)
		runtime.GC()
		runtime.ReadMemStats(&after)
		got, want := float64(after.HeapAlloc-before.HeapAlloc), float64(ScratchBytes(m.Config, rows))
		if got > 1.1*want || got < 0.5*want {
			t.Errorf("%s: %d rows take %.1f MB, told %.1f", name, rows, got/1e6, want/1e6)
		}
		runtime.KeepAlive(s)
		m.Close()
	}
}

func TestMemoryRefused(t *testing.T) {
	c := small()
	c.Vocab = 1 << 20
	c.Layers[1].FFN.Experts = 1 << 20
	if _, err := Synthetic(c, UniformFormats(kernels.F32), 1, Sampling{}, kerneltest.Pool(t, 1), nil); err == nil {
		t.Error("a model of terabytes was allocated")
	} else if want := fmt.Sprintf("weights of %s: ", c.ID); err.Error()[:len(want)] != want {
		t.Errorf("error %v", err)
	}
}
