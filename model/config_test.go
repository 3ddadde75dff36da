package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
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
		{"qwen3", keys{"use_sliding_window": true, "sliding_window": 9}, "max_window_layers is 28, want 0"},
		{"glm4-moe", keys{"n_group": 5, "topk_group": 2}, "12 experts in 5 groups"},
		{"glm4-moe", keys{"first_k_dense_replace": -1}, "first_k_dense_replace is -1, want 0 to"},
		{"gpt-oss", keys{"layer_types": []string{"full_attention"}}, "layer_types has 1 entries, want num_hidden_layers = 4"},
		{"gpt-oss", keys{"layer_types": []string{"a", "b", "c", "d"}}, `layer_types[0] is "a", want sliding_attention or full_attention`},
		{"gpt-oss", keys{"rope_parameters": keys{"rope_type": "yarn", "rope_theta": 1e4}}, "rope_parameters: needed key factor is missing"},
		{"minimax-m2", keys{"rotary_dim": 18}, "18 rotary dims in heads of 16"},
		{"v4", keys{"compress_ratios": []int{0, 4, 8}}, "compress_ratios has 3 entries, want num_hidden_layers + num_nextn_predict_layers = 5 + 1"},
		{"v4", keys{"compress_ratios": []int{0, 4, 9, 4, 8, 0}}, "compression ratio is 9, want at most sliding_window = 8"},
		{"v4", keys{"compress_ratios": []int{0, 4, -8, 4, 8, 0}}, "compression ratio -8: want positive numbers"},
		{"v4", keys{"compress_ratios": "4"}, `compress_ratios is "4", want a list of numbers`},
		{"v4", keys{"num_hash_layers": 9}, "num_hash_layers is 9, want at most num_hidden_layers = 5"},
		{"v4", keys{"o_groups": 3}, "o_groups is 3, want a divisor of num_attention_heads = 4"},
		{"v4", keys{"qk_rope_head_dim": 64}, "qk_rope_head_dim is 64, want an even number below head_dim = 64"},
		{"v4", keys{"index_head_dim": 24}, "index_head_dim is 24, want a power of two"},
		{"v4", keys{"index_topk": 0}, "index_topk is 0, want 1 to"},
		{"v4", keys{"hc_mult": 99}, "hc_mult is 99"},
		{"v4", keys{"scoring_func": "softmax"}, `scoring_func is "softmax", want sqrtsoftplus`},
		{"v4", keys{"num_key_value_heads": 2}, "num_key_value_heads is 2, want 1"},
		{"v4", keys{"rope_scaling": keys{"type": "linear"}}, `rope type is "linear", want default or yarn`},
		{"v32", keys{"topk_method": "greedy"}, `topk_method is "greedy", want noaux_tc`},
		{"v32", keys{"n_group": 3}, "16 experts in 3 groups"},
		{"v32", keys{"q_lora_rank": nil}, "an indexer (index_n_heads 4) needs q_lora_rank"},
		{"v32", keys{"qk_rope_head_dim": 15}, "qk_rope_head_dim is 15, want an even number"},
		{"v2-lite", keys{"topk_method": "group_limited_greedy"}, `topk_method is "group_limited_greedy", want greedy`},
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

// TestV4Dialects: the nested dialect of rope gives the same layers, and the shared
// expert can be left unclamped.
func TestV4Dialects(t *testing.T) {
	want, err := ParseConfig(edited(t, "v4", nil))
	if err != nil {
		t.Fatal(err)
	}
	type keys = map[string]any
	got, err := ParseConfig(edited(t, "v4", keys{"rope_theta": nil, "compress_rope_theta": nil, "rope_scaling": nil, "rope_parameters": keys{
		"main":     keys{"rope_type": "default", "rope_theta": 1e4},
		"compress": keys{"rope_type": "yarn", "rope_theta": 16e4, "factor": 16, "original_max_position_embeddings": 64},
	}}))
	if err != nil || !slices.Equal(got.Layers, want.Layers) {
		t.Errorf("nested rope parameters give other layers: %v", err)
	}
	open, err := ParseConfig(edited(t, "v4", keys{"clamp_shared_experts": false}))
	if err != nil || open.Layers[2].FFN.SharedAct == want.Layers[2].FFN.SharedAct || open.Layers[2].FFN.Act != want.Layers[2].FFN.Act {
		t.Errorf("the shared expert stays clamped: %v", err)
	}
}

// TestRenormByDefault: DeepSeek's V3 and V4 and GLM divide weights by their sum though a file
// does not say so, V2 does not; a file that says the contrary is heard.
func TestRenormByDefault(t *testing.T) {
	for golden, byDefault := range map[string]bool{"v2-lite": false, "v32": true, "v4": true, "glm4-moe": true} {
		for value, want := range map[any]bool{nil: byDefault, !byDefault: !byDefault} {
			c, err := ParseConfig(edited(t, golden, map[string]any{"norm_topk_prob": value}))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Layers[len(c.Layers)-1].FFN.Router.Renorm; got != want {
				t.Errorf("%s with norm_topk_prob %v: %v", golden, value, got)
			}
		}
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
