package model

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"moebench/attention"
	"moebench/checkpoint"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/kernels/matmul"
)

// The checkpoints in testdata are small models with outputs computed by
// Hugging Face transformers, an implementation independent of this one.
// `noise` is how far their logits move when every weight moves by 3e-6.
type goldenFile struct {
	dir    string
	Tokens []int32
	Noise  float64
	Cache  string // of the reference: "native", or "" for plain f32
}

func goldens(t *testing.T) []goldenFile {
	paths, err := filepath.Glob("testdata/*/golden.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden checkpoints: %v", err)
	}
	var out []goldenFile
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		g := goldenFile{dir: filepath.Dir(p)}
		if err := json.Unmarshal(data, &g); err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

// cache is the format of cache rows the reference was computed with.
func (g goldenFile) cache() attention.CacheFormat {
	if g.Cache == "native" {
		return attention.CacheNative
	}
	return attention.CacheF32
}

// tolerance is the noise, and twice that where values are rounded to stored rows:
// those next to a border may fall either way.
func (g goldenFile) tolerance() float64 {
	if g.Cache == "native" {
		return 2 * g.Noise
	}
	return g.Noise
}

// limit restricts the instructions to those of a tier, of which attention that rounds to bf16
// is no part where cache rows are native: the reference multiplies them in f32, and here a
// rounding flips experts as TestNativeDistance says.
func (g goldenFile) limit(isa hw.ISA) (restore func()) {
	if g.Cache == "native" {
		isa = min(isa, hw.AVX512VBMI)
	}
	return kernels.Limit(isa)
}

// expected reads a float tensor of the reference.
func (g goldenFile) expected(t *testing.T, name string) []float32 {
	ck, err := checkpoint.OpenFile(filepath.Join(g.dir, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	tensor, ok := ck.Tensor(name)
	if !ok {
		return nil
	}
	x := make([]float32, tensor.Elements())
	if err := tensor.Float32s(x); err != nil {
		t.Fatal(err)
	}
	return x
}

// tiers are the ISA limits this machine can run.
func tiers() []hw.ISA {
	var out []hw.ISA
	for isa := hw.Generic; isa.Supported(); isa++ {
		out = append(out, isa)
		if isa == hw.BestISA() {
			break
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	for _, g := range goldens(t) {
		want := g.expected(t, "logits")
		m, err := load(g.dir, Exact, pool)
		if err != nil {
			t.Fatal(err)
		}
		for _, isa := range tiers() {
			if g.Cache == "native" && isa > hw.AVX512VBMI { // see limit
				continue
			}
			for _, chunk := range []int{0, 1, 7} {
				t.Run(fmt.Sprintf("%s/isa=%s/chunk=%d", filepath.Base(g.dir), isa, chunk), func(t *testing.T) {
					defer g.limit(isa)()
					got, err := Logits(m, pool, g.Tokens, LogitsOptions{Chunk: chunk, Cache: g.cache()})
					if err != nil {
						t.Fatal(err)
					}
					if d := maxDiff(got, want); !(d < g.tolerance()) {
						t.Errorf("logits are off by %.3g, noise is %.3g", d, g.Noise)
						g.firstWrongLayer(t, m, pool)
					}
				})
			}
		}
		m.Close()
	}
}

// firstWrongLayer says where a model goes astray.
func (g goldenFile) firstWrongLayer(t *testing.T, m *Model, pool *hw.Pool) {
	said := false
	_, err := Logits(m, pool, g.Tokens, LogitsOptions{Visit: func(s *Session, layer, _ int) error {
		want := g.expected(t, fmt.Sprintf("layers.%d.output", layer))
		if d := maxDiff(s.Hidden(), want); !said && !(d < 100*g.Noise) {
			t.Errorf("first wrong layer: %d, off by %.3g", layer, d)
			said = true
		}
		return nil
	}, Cache: g.cache()})
	if err != nil {
		t.Error(err)
	}
}

// TestGoldenExperts compares the experts every token chooses in every layer.
func TestGoldenExperts(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	for _, g := range goldens(t) {
		ck, err := checkpoint.OpenFile(filepath.Join(g.dir, "expected.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		defer ck.Close()
		m, err := load(g.dir, Exact, pool)
		if err != nil {
			t.Fatal(err)
		}
		compared, restore := 0, g.limit(kernels.LimitISA())
		_, err = Logits(m, pool, g.Tokens, LogitsOptions{Visit: func(s *Session, layer, _ int) error {
			tensor, ok := ck.Tensor(fmt.Sprintf("layers.%d.experts", layer))
			if !ok {
				return nil
			}
			want := make([]int32, tensor.Elements())
			if err := tensor.Int32s(want); err != nil {
				t.Fatal(err)
			}
			ids, _ := s.Routes()
			k := tensor.Shape[1]
			for i := 0; i < len(want); i += k {
				got := slices.Sorted(slices.Values(ids[i : i+k]))
				if !slices.Equal(got, want[i:i+k]) {
					t.Fatalf("%s layer %d token %d: experts %v, want %v", g.dir, layer, i/k, got, want[i:i+k])
				}
				compared++
			}
			return nil
		}, Cache: g.cache()})
		restore()
		if err != nil {
			t.Fatal(err)
		}
		if routed := func(l Layer) bool { return l.FFN.Experts > 0 }; compared == 0 && slices.ContainsFunc(m.Config.Layers, routed) {
			t.Errorf("%s: no experts compared", g.dir)
		}
		m.Close()
	}
}

// TestNative loads the checkpoints in the formats they are stored in. Those
// whose kernels multiply f32 rows with exact weights stay within noise too; how far
// others may go, TestNativeDistance says.
func TestNative(t *testing.T) {
	pool := kerneltest.Pool(t, 2)
	for _, g := range goldens(t) {
		m, err := load(g.dir, Native, pool)
		if err != nil {
			t.Fatal(err)
		}
		restore := g.limit(kernels.LimitISA())
		got, err := Logits(m, pool, g.Tokens, LogitsOptions{Cache: g.cache()})
		restore()
		if err != nil {
			t.Fatal(err)
		}
		d := maxDiff(got, g.expected(t, "logits"))
		reads := matmul.Activation(m.Formats.Expert)
		exact := reads == kernels.ActF32 || reads == kernels.ActF32Up
		if exact && !(d < g.tolerance()) {
			t.Errorf("%s: %+v: off by %.3g, noise is %.3g", g.dir, m.Formats, d, g.Noise)
		}
		if !exact && d == 0 {
			t.Errorf("%s: rounded activations changed nothing", g.dir)
		}
		m.Close()
	}
}

func maxDiff(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var d float64
	for i := range got {
		d = math.Max(d, math.Abs(float64(got[i])-float64(want[i])))
	}
	return d
}
