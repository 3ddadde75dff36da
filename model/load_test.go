package model

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"moebench/checkpoint"
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/moe"
)

// load reads the whole checkpoint of a folder.
func load(dir string, mode Mode, pool *hw.Pool) (*Model, error) {
	f, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.LoadAll(mode, pool)
}

// variant writes a golden checkpoint anew with its tensors (and config) changed.
func variant(t *testing.T, golden string, config map[string]any, change func(x checkpoint.Tensor) []checkpoint.Tensor) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), edited(t, golden, config), 0o644); err != nil {
		t.Fatal(err)
	}
	ck, err := checkpoint.Open(filepath.Join("testdata", golden))
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	var tensors []checkpoint.Tensor
	for _, name := range ck.Names() {
		x, _ := ck.Tensor(name)
		if change == nil {
			tensors = append(tensors, x)
		} else {
			tensors = append(tensors, change(x)...)
		}
	}
	var out bytes.Buffer
	if err := checkpoint.Write(&out, tensors); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "model.safetensors"), out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// without leaves a tensor out, edit changes one, and extra adds one of a name.
func without(name string) func(checkpoint.Tensor) []checkpoint.Tensor {
	return func(x checkpoint.Tensor) []checkpoint.Tensor {
		if x.Name == name {
			return nil
		}
		return []checkpoint.Tensor{x}
	}
}

func edit(name string, f func(*checkpoint.Tensor)) func(checkpoint.Tensor) []checkpoint.Tensor {
	return func(x checkpoint.Tensor) []checkpoint.Tensor {
		if x.Name == name {
			f(&x)
		}
		return []checkpoint.Tensor{x}
	}
}

func extra(name string) func(checkpoint.Tensor) []checkpoint.Tensor {
	return func(x checkpoint.Tensor) []checkpoint.Tensor {
		if x.Name == llamaNames.norm || x.Name == deepseekV4Names.norm {
			copied := x
			copied.Name = name
			return []checkpoint.Tensor{x, copied}
		}
		return []checkpoint.Tensor{x}
	}
}

// TestLoadErrors: what does not fit the config is an error that names it.
func TestLoadErrors(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	const v4Expert = "layers.1.ffn.experts.3.w2"
	const router, expert = "model.layers.1.mlp.gate.weight", "model.layers.2.mlp.experts.3.up_proj.weight"
	for _, c := range []struct {
		golden string
		change func(checkpoint.Tensor) []checkpoint.Tensor
		want   string // "" = loads
	}{
		{"qwen3-moe", nil, ""},
		{"qwen3-moe", without(llamaNames.embed), "tensor " + llamaNames.embed + " is missing"},
		{"qwen3-moe", without(router), "tensor " + router + " is missing"},
		{"qwen3-moe", without(expert), "tensor " + expert + " is missing"},
		{"qwen3-moe", without("model.layers.0.self_attn.q_norm.weight"), "q_norm.weight is missing"},
		{"qwen3-moe", extra("model.layers.1.mlp.extra.weight"), "unknown tensor model.layers.1.mlp.extra.weight"},
		{"qwen3-moe", extra("model.layers.3.mlp.gate.weight"), "unknown tensor model.layers.3.mlp.gate.weight"},
		{"glm4-moe", extra("model.layers.3.eh_proj.weight"), ""}, // multi-token prediction: one layer
		{"glm4-moe", extra("model.layers.4.eh_proj.weight"), "unknown tensor model.layers.4.eh_proj.weight"},
		{"qwen3-moe", extra("model.layers.0.self_attn.rotary_emb.inv_freq"), ""},
		{"qwen3-moe", edit(router, func(x *checkpoint.Tensor) { x.Shape = []int{8, 128} }), router + ": shape [8 128], want [16 64]"},
		{"qwen3-moe", edit(router, func(x *checkpoint.Tensor) { x.DType = checkpoint.I16 }), "dtype I16, want F32, BF16, F16, F8_E4M3 or I8"},
		{"qwen3-moe", edit(llamaNames.norm, func(x *checkpoint.Tensor) { x.DType = checkpoint.I16 }), "dtype I16, want a float type"},
		{"gpt-oss-packed", nil, ""},
		{"gpt-oss-packed", without("model.layers.0.mlp.experts.down_proj_scales"), "down_proj_scales is missing"},
		{"gpt-oss-packed", edit("model.layers.0.mlp.experts.down_proj_blocks", func(x *checkpoint.Tensor) { x.DType = checkpoint.I8 }), "dtype I8, want U8"},
		{"gpt-oss-packed", edit("model.layers.1.mlp.experts.gate_up_proj_scales", func(x *checkpoint.Tensor) {
			x.Data = bytes.Repeat([]byte{255}, len(x.Data))
		}), "is NaN"},
		{"gpt-oss-packed", without("model.layers.0.self_attn.sinks"), "sinks is missing"},
		{"glm4-moe", without("model.layers.1.mlp.gate.e_score_correction_bias"), "e_score_correction_bias is missing"},
		{"v4-packed", nil, ""},
		{"v4-packed", extra("mtp.0.norm.weight"), ""}, // multi-token prediction
		{"v4-packed", extra("layers.0.attn.extra"), "unknown tensor layers.0.attn.extra"},
		{"v4-packed", without("layers.1.attn.indexer.compressor.ape"), "layers.1.attn.indexer.compressor.ape is missing"},
		{"v4-packed", without("layers.2.attn.wq_a.scale"), "layers.2.attn.wq_a.weight_scale_inv or layers.2.attn.wq_a.scale is missing"},
		{"v4-packed", without("hc_head_fn"), "tensor hc_head_fn is missing"},
		{"v4-packed", edit(v4Expert+".scale", func(x *checkpoint.Tensor) { x.Shape = []int{16, 4} }), "shape [16 4], want [64 1]"},
		{"v4-packed", edit(v4Expert+".scale", func(x *checkpoint.Tensor) { x.Data = bytes.Repeat([]byte{255}, len(x.Data)) }), "is NaN"},
		{"v4-packed", edit(v4Expert+".weight", func(x *checkpoint.Tensor) { x.Shape = []int{32, 32} }), "shape [32 32], want [64 16]"},
		{"v4-packed", edit("layers.2.attn.wq_b.scale", func(x *checkpoint.Tensor) { x.Data = bytes.Repeat([]byte{255}, len(x.Data)) }), "scale 0 is NaN, want a finite number"},
		{"v4-packed", edit("layers.1.ffn.gate.tid2eid", func(x *checkpoint.Tensor) {
			x.Data = append([]byte{16}, x.Data[1:]...)
		}), "tid2eid: expert 0 of token 0 is 16, want 0 to 15"},
		{"v32-packed", nil, ""},
		{"v32-packed", without("model.layers.1.self_attn.kv_b_proj.weight_scale_inv"), "kv_b_proj.weight_scale_inv or "},
		{"v3", extra("model.layers.4.enorm.weight"), ""},
		{"v32-packed", without("model.layers.0.self_attn.indexer.k_norm.bias"), "k_norm.bias is missing"},
	} {
		for _, mode := range []Mode{Exact, Native} {
			m, err := load(variant(t, c.golden, nil, c.change), mode, pool)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%s: %v", c.golden, err)
			case c.want == "":
				m.Close()
			case err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n"):
				t.Errorf("%s: error %v, want one line with %q", c.golden, err, c.want)
			}
		}
	}
}

// TestHugeConfig: a config that describes far more than the files hold is refused before
// any memory is taken for it, also where its parameters are no integer any more.
func TestHugeConfig(t *testing.T) {
	for golden, config := range map[string]map[string]any{
		"llama":     {"hidden_size": 1 << 20, "num_hidden_layers": 4096},
		"qwen3-moe": {"hidden_size": 1 << 20, "num_experts": 1 << 20, "moe_intermediate_size": 1 << 20},
		"gpt-oss":   {"vocab_size": 1 << 20},
	} {
		if _, err := Open(variant(t, golden, config, nil)); err == nil || !strings.Contains(err.Error(), "parameters, the tensors are") {
			t.Errorf("%s: %v", golden, err)
		}
	}
}

// TestDenseBias: the biases of a dense feed-forward part stand where its rows do.
func TestDenseBias(t *testing.T) {
	config := map[string]any{"mlp_bias": true}
	if _, err := load(variant(t, "llama", config, nil), Exact, kerneltest.Pool(t, 1)); err == nil || !strings.Contains(err.Error(), "gate_proj.bias is missing") {
		t.Errorf("no biases: %v", err)
	}
	biases := map[string][]float32{}
	dir := variant(t, "llama", config, func(x checkpoint.Tensor) []checkpoint.Tensor {
		name, ok := strings.CutSuffix(x.Name, "_proj.weight")
		if !ok || !strings.Contains(name, ".mlp.") {
			return []checkpoint.Tensor{x}
		}
		bias := make([]float32, x.Shape[0])
		for i := range bias {
			bias[i] = float32(len(biases)*1000 + i)
		}
		biases[name] = bias
		return []checkpoint.Tensor{x, {Name: name + "_proj.bias", DType: checkpoint.F32, Shape: x.Shape[:1], Data: kernels.FloatBytes(bias)}}
	})
	m, err := load(dir, Exact, kerneltest.Pool(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i := range m.Layers {
		e, prefix := m.Layers[i].FFN.Experts[0], fmt.Sprintf("model.layers.%d.mlp.", i)
		if !slices.Equal(e.GateUpBias, moe.FuseBias(biases[prefix+"gate"], biases[prefix+"up"])) || !slices.Equal(e.DownBias, biases[prefix+"down"]) {
			t.Errorf("layer %d: other biases", i)
		}
	}
}

// TestTied: a tied checkpoint needs no head, and computes with the embedding.
func TestTied(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	dir := variant(t, "llama", map[string]any{"tie_word_embeddings": true}, func(x checkpoint.Tensor) []checkpoint.Tensor {
		if x.Name == llamaNames.head {
			return nil
		}
		return []checkpoint.Tensor{x}
	})
	m, err := load(dir, Exact, pool)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	head, table := make([]float32, 64), make([]float32, 64)
	for _, r := range []int{0, 17, 159} {
		m.Head.Row(r, head)
		m.Embed.Row(r, table)
		for i := range head {
			if head[i] != table[i] {
				t.Fatalf("row %d differs between head and embedding", r)
			}
		}
	}
	if _, err := load("testdata/none", Exact, pool); err == nil {
		t.Error("a folder that is not there")
	}
	if _, err := ParseMode("fast"); err == nil || !strings.Contains(err.Error(), "want exact or native") {
		t.Errorf("unknown mode: %v", err)
	}
}

func TestTokens(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	m, err := load("testdata/llama", Exact, pool)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, c := range []struct {
		tokens []int32
		chunk  int
		want   string
	}{{nil, 0, "no tokens"}, {[]int32{1, 160}, 0, "token 1 is 160, want 0 to 159"}, {[]int32{-1}, 0, "token 0 is -1"}, {[]int32{1}, -2, "chunk is -2"}} {
		if _, err := Logits(m, pool, c.tokens, LogitsOptions{Chunk: c.chunk}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.tokens, err, c.want)
		}
	}
	long := make([]int32, 1<<24) // some 80 GB of working memory
	if have := hw.Memory(); have.Total > 0 && have.Available < 60e9 {
		m.Config.MaxPos = len(long)
		var memory *hw.MemoryError
		if _, err := Logits(m, pool, long, LogitsOptions{}); !errors.As(err, &memory) || !strings.HasPrefix(err.Error(), "16777216 tokens in chunks of 16777216: ") {
			t.Errorf("more tokens than fit: %v", err)
		}
	}
}

// TestResident: where a few experts stand for all, they are the first ones, fused or not.
func TestResident(t *testing.T) {
	pool := kerneltest.Pool(t, 1)
	for _, name := range []string{"gpt-oss", "gpt-oss-packed", "qwen3-moe"} {
		f, err := Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		layers := make([]int, len(f.Config.Layers))
		for i := range layers {
			layers[i] = i
		}
		var second [][]byte
		for _, resident := range []int{0, 2} {
			m, err := f.Load(f.Config, layers, f.Shipped, Sampling{Resident: resident}, pool)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			second = append(second, m.Layers[0].FFN.Experts[1].GateUp.Data)
		}
		if !bytes.Equal(second[0], second[1]) {
			t.Errorf("%s: expert 1 is another one when two are in memory", name)
		}
	}
}
