package model

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"moebench/attention"
	"moebench/kernels/vec"
	"moebench/moe"
)

// family is one model_type of config.json: how its layers are built, and what
// its checkpoints call the tensors.
type family struct {
	layers func(o object, c *Config) []Layer
	names  names
}

var families = map[string]family{
	"llama":      {denseLayers(attention.GQA{}), llamaNames},
	"qwen3":      {denseLayers(attention.GQA{QKNorm: attention.PerHead}), llamaNames},
	"qwen3_moe":  {qwen3MoELayers, llamaNames},
	"mixtral":    {mixtralLayers, mixtralNames},
	"olmoe":      {olmoeLayers, llamaNames},
	"glm4_moe":   {glm4Layers, llamaNames},
	"minimax_m2": {minimaxLayers, mixtralNames},
	"gpt_oss":    {gptOSSLayers, gptOSSNames},

	"deepseek_v2":  {deepseekV2Layers, mlaFamily},
	"deepseek_v3":  {deepseekV3Layers, mlaFamily},
	"kimi_k2":      {deepseekV3Layers, mlaFamily},
	"deepseek_v32": {deepseekV3Layers, mlaFamily},
	"deepseek_v4":  {deepseekV4Layers, deepseekV4Names},
}

// ParseConfig reads a config.json as published on Hugging Face: one
// description of layers as data, whatever the dialect.
func ParseConfig(data []byte) (*Config, error) {
	o, err := parseObject("config.json", data)
	if err != nil {
		return nil, err
	}
	var kind string
	get(o, "model_type", &kind, "a string")
	f, known := families[kind]
	if *o.err == nil && !known {
		var list []string
		for name := range families {
			list = append(list, name)
		}
		slices.Sort(list)
		o.fail("unknown model_type %q: want one of %s", kind, strings.Join(list, ", "))
	}
	if *o.err != nil {
		return nil, *o.err
	}
	c := &Config{
		ID: kind, Source: "config.json",
		Vocab: o.int("vocab_size"), Hidden: o.int("hidden_size"),
		Eps: float32(o.float("rms_norm_eps")), Tied: o.boolOr("tie_word_embeddings", false),
		MaxPos: o.intOr("max_position_embeddings", maxDim),
		MTP:    o.count("num_nextn_predict_layers", o.count("num_mtp_modules", 0)),
	}
	if act := o.stringOr("hidden_act", "silu"); act != "silu" {
		o.fail("hidden_act is %q, want silu", act)
	}
	c.Layers = f.layers(o, c)
	if *o.err != nil {
		return nil, *o.err
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	return c, nil
}

// maxLayers bounds num_hidden_layers: the deepest model known here has 94.
const maxLayers = 4096

func layerCount(o object) int {
	n := o.int("num_hidden_layers")
	if n > maxLayers {
		o.fail("num_hidden_layers is %d, want at most %d", n, maxLayers)
		return 1
	}
	return n
}

// gqa fills in what all attention kinds of this file share; base holds the rest.
func gqa(o object, c *Config, base attention.GQA) attention.GQA {
	base.Hidden, base.Eps = c.Hidden, c.Eps
	base.Heads = o.int("num_attention_heads")
	base.KVHeads = o.intOr("num_key_value_heads", base.Heads)
	base.HeadDim = o.intOr("head_dim", max(c.Hidden/base.Heads, 1))
	base.Rope = ropeConfig(o, base.HeadDim)
	return base
}

// window is sliding_window, where the model uses one for all layers. Qwen, whose configs
// have max_window_layers, does only if use_sliding_window says so.
func window(o object) int {
	if !o.boolOr("use_sliding_window", !o.has("max_window_layers")) {
		return 0
	}
	n := o.count("sliding_window", 0)
	if full := o.count("max_window_layers", 0); n > 0 && full > 0 {
		o.fail("max_window_layers is %d, want 0: first layers without the window are not implemented", full)
	}
	return n
}

// repeated makes n equal layers with n from num_hidden_layers.
func repeated(o object, a attention.Config, f moe.Config) []Layer {
	return slices.Repeat([]Layer{{a, f}}, layerCount(o))
}

// denseLayers is Llama and Qwen3: dense SwiGLU of intermediate_size.
func denseLayers(base attention.GQA) func(object, *Config) []Layer {
	return func(o object, c *Config) []Layer {
		base := base
		base.QKVBias = o.boolOr("attention_bias", false)
		base.OBias = base.QKVBias
		base.Window = window(o)
		ffn := moe.Config{Hidden: c.Hidden, Inter: o.int("intermediate_size"), Bias: o.boolOr("mlp_bias", false)}
		return repeated(o, gqa(o, c, base), ffn)
	}
}

func qwen3MoELayers(o object, c *Config) []Layer {
	bias := o.boolOr("attention_bias", false)
	a := gqa(o, c, attention.GQA{QKNorm: attention.PerHead, QKVBias: bias, OBias: bias, Window: window(o)})
	routed := moe.Config{
		Hidden: c.Hidden, Inter: o.int("moe_intermediate_size"), Experts: o.int(o.first("num_experts", "num_local_experts")),
		Router: moe.Router{Score: moe.Softmax, TopK: o.int("num_experts_per_tok"), Renorm: o.boolOr("norm_topk_prob", false)},
	}
	dense := moe.Config{Hidden: c.Hidden, Inter: o.intOr("intermediate_size", 1)}
	var only []int
	if o.has("mlp_only_layers") {
		get(o, "mlp_only_layers", &only, "a list of layer numbers")
	}
	step := o.intOr("decoder_sparse_step", 1)
	layers := repeated(o, a, routed)
	for i := range layers {
		if slices.Contains(only, i) || (i+1)%step != 0 {
			layers[i].FFN = dense
		}
	}
	return layers
}

func mixtralLayers(o object, c *Config) []Layer {
	a := gqa(o, c, attention.GQA{Window: window(o)})
	return repeated(o, a, moe.Config{
		Hidden: c.Hidden, Inter: o.int("intermediate_size"), Experts: o.int("num_local_experts"),
		Router: moe.Router{Score: moe.Softmax, TopK: o.int("num_experts_per_tok"), Renorm: true},
	})
}

func olmoeLayers(o object, c *Config) []Layer {
	if o.has("clip_qkv") {
		o.fail("clip_qkv is %s, want null: clipping is not implemented", abbreviate(o.fields["clip_qkv"]))
	}
	bias := o.boolOr("attention_bias", false)
	a := gqa(o, c, attention.GQA{QKNorm: attention.Whole, QKVBias: bias, OBias: bias})
	return repeated(o, a, moe.Config{
		Hidden: c.Hidden, Inter: o.int("intermediate_size"), Experts: o.int("num_experts"),
		Router: moe.Router{Score: moe.Softmax, TopK: o.int("num_experts_per_tok"), Renorm: o.boolOr("norm_topk_prob", false)},
	})
}

func glm4Layers(o object, c *Config) []Layer {
	base := attention.GQA{QKVBias: o.boolOr("attention_bias", false)}
	if o.boolOr("use_qk_norm", false) {
		base.QKNorm = attention.PerHead
	}
	return deepseekFFN(o, c, gqa(o, c, base), sigmoidRouter(o))
}

func minimaxLayers(o object, c *Config) []Layer {
	base := attention.GQA{}
	if o.boolOr("use_qk_norm", true) {
		base.QKNorm = attention.Whole
	}
	return repeated(o, gqa(o, c, base), moe.Config{
		Hidden: c.Hidden, Inter: o.int("intermediate_size"), Experts: o.int("num_local_experts"),
		Router: moe.Router{Score: moe.Sigmoid, TopK: o.int("num_experts_per_tok"), SelectionBias: true, Renorm: true},
	})
}

func gptOSSLayers(o object, c *Config) []Layer {
	bias := o.boolOr("attention_bias", true)
	a := gqa(o, c, attention.GQA{Sinks: true, QKVBias: bias, OBias: bias})
	layers := repeated(o, a, moe.Config{
		Hidden: c.Hidden, Inter: o.int("intermediate_size"), Experts: o.int("num_local_experts"), Bias: true,
		Router: moe.Router{Score: moe.TopKSoftmax, TopK: o.int(o.first("num_experts_per_tok", "experts_per_token")), Bias: true},
		Act: vec.Activation{
			Kind: vec.GPTOSS, Limit: float32(o.floatOr("swiglu_limit", 7)), Alpha: float32(o.floatOr("swiglu_alpha", 1.702)),
		},
	})
	types := o.strings("layer_types")
	if types == nil { // the published default alternates, windows first
		for i := range layers {
			types = append(types, []string{"sliding_attention", "full_attention"}[i%2])
		}
	}
	if len(types) != len(layers) {
		o.fail("layer_types has %d entries, want num_hidden_layers = %d", len(types), len(layers))
		return layers
	}
	windowed := a
	for i, t := range types {
		switch t {
		case "sliding_attention":
			windowed.Window = o.int("sliding_window")
			layers[i].Attention = windowed
		case "full_attention":
		default:
			o.fail("layer_types[%d] is %q, want sliding_attention or full_attention", i, t)
		}
	}
	return layers
}

// ropeConfig reads either dialect: rope_parameters, or rope_theta with
// rope_scaling. Rotary dims are rotary_dim, or a fraction of the head.
func ropeConfig(o object, headDim int) vec.RopeConfig {
	p, top := ropeObject(o)
	fraction := top.floatOr("partial_rotary_factor", o.floatOr("partial_rotary_factor", 1))
	c := vec.RopeConfig{
		Theta: top.float("rope_theta"),
		Dim:   o.intOr("rotary_dim", int(float64(headDim)*fraction)),
	}
	kind := p.stringOr("rope_type", p.stringOr("type", "default"))
	switch kind {
	case "default":
	case "yarn":
		c.Yarn = yarn(p)
		c = yarnMagnitude(c)
		c.Yarn.Magnitude = p.floatOr("attention_factor", c.Yarn.Magnitude)
	case "llama3":
		c.Llama3 = vec.Llama3{
			Factor: p.float("factor"), Low: p.float("low_freq_factor"), High: p.float("high_freq_factor"),
			Original: p.int("original_max_position_embeddings"),
		}
	default:
		p.fail("rope type is %q, want default, yarn or llama3", kind)
	}
	return c
}

// ropeObject is where the scaling of a config stands, and where rope_theta does.
func ropeObject(o object) (scaling, top object) {
	p, newer := o.object("rope_parameters")
	if newer {
		return p, p
	}
	p, _ = o.object("rope_scaling")
	return p, o
}

// yarnMagnitude sets the factor on cos and sin: 0.1 ln(factor) + 1 (YaRN paper,
// section 3.4), as gpt-oss uses it.
func yarnMagnitude(c vec.RopeConfig) vec.RopeConfig {
	c.Yarn.Magnitude = 0.1*math.Log(c.Yarn.Factor) + 1
	return c
}
