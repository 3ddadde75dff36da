package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moebench/attention"
	"moebench/kernels/vec"
	"moebench/moe"
)

// edited is a golden config with some keys changed; nil deletes a key.
func edited(t *testing.T, golden string, changes map[string]any) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", golden, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for k, v := range changes {
		if fields[k] = v; v == nil {
			delete(fields, k)
		}
	}
	data, err = json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestConfigErrors: each mistake is one line that names the key, what is there
// and what would be right.
func TestConfigErrors(t *testing.T) {
	type keys = map[string]any
	for _, c := range []struct {
		golden string
		change keys
		want   string
	}{
		{"llama", keys{"model_type": "bert"}, `unknown model_type "bert": want one of deepseek_v2, deepseek_v3`},
		{"llama", keys{"model_type": nil}, "needed key model_type is missing"},
		{"llama", keys{"model_type": 3}, "model_type is 3, want a string"},
		{"llama", keys{"hidden_size": nil}, "needed key hidden_size is missing"},
		{"llama", keys{"hidden_size": "64"}, `hidden_size is "64", want a whole number`},
		{"llama", keys{"hidden_size": -1}, "hidden_size is -1, want 1 to"},
		{"llama", keys{"hidden_size": 1 << 30}, "want 1 to 1048576"},
		{"llama", keys{"num_hidden_layers": 100000}, "want at most 4096"},
		{"llama", keys{"vocab_size": 1.5}, "vocab_size is 1.5, want a whole number"},
		{"llama", keys{"rms_norm_eps": 0}, "rms_norm_eps is 0, want a positive number"},
		{"llama", keys{"hidden_act": "gelu"}, `hidden_act is "gelu", want silu`},
		{"llama", keys{"num_key_value_heads": 3}, "4 heads share 3 kv heads"},
		{"llama", keys{"rope_parameters": keys{"rope_type": "dynamic", "rope_theta": 1e4}}, `rope type is "dynamic", want default, yarn or llama3`},
		{"llama", keys{"rope_parameters": nil}, "needed key rope_theta is missing"},
		{"llama", keys{"rope_parameters": []int{1}}, "rope_parameters is [1], want an object"},
		{"llama", keys{"tie_word_embeddings": "yes"}, `tie_word_embeddings is "yes", want true or false`},
		{"qwen3-moe", keys{"num_local_experts": nil}, "needed key num_experts or num_local_experts is missing"},
		{"qwen3-moe", keys{"num_experts_per_tok": 17}, "top-k is 17, want 1 to 16"},
		{"qwen3-moe", keys{"mlp_only_layers": "x"}, "want a list of layer numbers"},
		{"olmoe", keys{"clip_qkv": 8}, "clip_qkv is 8, want null"},
		{"glm4-moe", keys{"n_group": 5, "topk_group": 2}, "12 experts in 5 groups"},
		{"glm4-moe", keys{"first_k_dense_replace": -1}, "first_k_dense_replace is -1, want 0 to"},
		{"gpt-oss", keys{"layer_types": []string{"full_attention"}}, "layer_types has 1 entries, want num_hidden_layers = 4"},
		{"gpt-oss", keys{"layer_types": []string{"a", "b", "c", "d"}}, `layer_types[0] is "a", want sliding_attention or full_attention`},
		{"gpt-oss", keys{"rope_parameters": keys{"rope_type": "yarn", "rope_theta": 1e4}}, "rope_parameters: needed key factor is missing"},
		{"minimax-m2", keys{"rotary_dim": 18}, "18 rotary dims in heads of 16"},
	} {
		_, err := ParseConfig(edited(t, c.golden, c.change))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: error %v, want one line with %q", c.golden, c.change, err, c.want)
		}
	}
	for _, text := range []string{"", "[]", "null", "{", `"x"`} {
		if _, err := ParseConfig([]byte(text)); err == nil {
			t.Errorf("%q is a config", text)
		}
	}
}

// TestConfigDialects: what differs between dialects ends up in the same place.
func TestConfigDialects(t *testing.T) {
	type keys = map[string]any
	older := edited(t, "llama", keys{"rope_parameters": nil, "rope_theta": 5e5, "rope_scaling": keys{
		"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}})
	c, err := ParseConfig(older)
	if err != nil {
		t.Fatal(err)
	}
	if want := (vec.RopeConfig{Theta: 5e5, Dim: 16, Llama3: vec.Llama3{Factor: 8, Low: 1, High: 4, Original: 8192}}); gqaOf(c, 0).Rope != want {
		t.Errorf("rope %+v, want %+v", gqaOf(c, 0).Rope, want)
	}
	c, err = ParseConfig(edited(t, "gpt-oss", keys{"layer_types": nil}))
	if err != nil {
		t.Fatal(err)
	}
	if gqaOf(c, 0).Window != 8 || gqaOf(c, 1).Window != 0 || len(c.Kinds()) != 2 {
		t.Errorf("windows must alternate by default: %+v", c.Kinds())
	}
	c, err = ParseConfig(edited(t, "qwen3-moe", keys{"mlp_only_layers": []int{1}, "sliding_window": 9, "use_sliding_window": false}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Layers[1].FFN.Experts != 0 || c.Layers[1].FFN.Inter != 96 || c.Layers[0].FFN.Experts != 16 || gqaOf(c, 0).Window != 0 {
		t.Errorf("layers %+v", c.Layers)
	}
	glm, err := ParseConfig(edited(t, "glm4-moe", keys{"use_qk_norm": false}))
	if err != nil {
		t.Fatal(err)
	}
	if a := gqaOf(glm, 0); a.QKNorm != attention.None || a.Rope.Dim != 8 || glm.Layers[0].FFN.Experts != 0 || glm.Layers[1].FFN.SharedInter != 32 {
		t.Errorf("glm layers %+v", glm.Layers[:2])
	}
}

func gqaOf(c *Config, layer int) attention.GQA { return c.Layers[layer].Attention.(attention.GQA) }

func TestPresetNames(t *testing.T) {
	if _, err := Preset("gpt-5"); err == nil || !strings.Contains(err.Error(), "want one of olmoe-1b-7b, ") {
		t.Errorf("unknown preset: %v", err)
	}
	for _, c := range Presets() {
		if p, err := Preset(c.ID); err != nil || p.ID != c.ID || p.Source == "" {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}

func TestValidate(t *testing.T) {
	c := Config{ID: "x", Vocab: 8, Hidden: 4, Layers: []Layer{{
		attention.GQA{Hidden: 4, Heads: 1, KVHeads: 1, HeadDim: 4}, moe.Config{Hidden: 8, Inter: 4}}}}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "4 and 8 wide") {
		t.Errorf("widths that differ: %v", err)
	}
	if err := (&Config{}).Validate(); err == nil || !strings.Contains(err.Error(), "vocab_size is 0") {
		t.Errorf("empty config: %v", err)
	}
}

func FuzzParseConfig(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*/config.json")
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err == nil && c.Validate() != nil {
			t.Fatal("a parsed config is not valid")
		}
	})
}
