package model

import (
	"math"

	"moebench/attention"
	"moebench/kernels/vec"
	"moebench/moe"
)

// mla reads multi-head latent attention, with an indexer where there is one.
func mla(o object, c *Config) attention.MLA {
	a := attention.MLA{
		Hidden: c.Hidden, Heads: o.int("num_attention_heads"), QLora: o.count("q_lora_rank", 0), KVLora: o.int("kv_lora_rank"),
		Nope: o.int("qk_nope_head_dim"), Value: o.int("v_head_dim"), Eps: c.Eps,
	}
	a.Rope, a.Scale = mlaRope(o, o.int("qk_rope_head_dim"), a.Nope)
	if o.has("index_topk") {
		a.Indexer = indexer(o)
	}
	return a
}

func indexer(o object) attention.Indexer {
	return attention.Indexer{Heads: o.int("index_n_heads"), Dim: o.int("index_head_dim"), TopK: o.int("index_topk")}
}

// mlaRope is the rotary table of MLA and the scale of its scores. YaRN's magnitude
// stands in the scale, squared: 0.1 mscale_all_dim ln(factor) + 1; cos and sin take
// the ratio of the two magnitudes, which is 1 in the published models.
func mlaRope(o object, dim, nope int) (vec.RopeConfig, float32) {
	rope := ropeConfig(o, dim)
	rope.Interleaved = o.boolOr("rope_interleave", true)
	scale := 1 / math.Sqrt(float64(nope+dim))
	if rope.Yarn.Factor == 0 {
		return rope, float32(scale)
	}
	p, _ := ropeObject(o)
	magnitude := func(key string) float64 { return 0.1*p.floatOr(key, 0)*math.Log(rope.Yarn.Factor) + 1 }
	if p.has("mscale") && p.has("mscale_all_dim") {
		rope.Yarn.Magnitude = magnitude("mscale") / magnitude("mscale_all_dim")
	}
	all := magnitude("mscale_all_dim")
	return rope, float32(scale * all * all)
}

// deepseekFFN is a routed FFN, its router as given: Renorm is what a missing norm_topk_prob
// means. The first layers are dense.
func deepseekFFN(o object, c *Config, a attention.Config, r moe.Router) []Layer {
	inter := o.int("moe_intermediate_size")
	r.TopK, r.Scale, r.Renorm = o.int("num_experts_per_tok"), float32(o.floatOr("routed_scaling_factor", 1)), o.boolOr("norm_topk_prob", r.Renorm)
	layers := repeated(o, a, moe.Config{
		Hidden: c.Hidden, Inter: inter, Experts: o.int("n_routed_experts"), SharedInter: inter * o.count("n_shared_experts", 0), Router: r,
	})
	for i := range min(o.count("first_k_dense_replace", 0), len(layers)) {
		layers[i].FFN = moe.Config{Hidden: c.Hidden, Inter: o.int("intermediate_size")}
	}
	return layers
}

// want reports a key that asks for something else than what is implemented.
func (o object) want(key, value string) {
	if got := o.stringOr(key, value); got != value {
		o.fail("%s is %q, want %s", key, got, value)
	}
}

// deepseekV2Layers is V2-Lite: softmax scores, greedy choice.
func deepseekV2Layers(o object, c *Config) []Layer {
	o.want("scoring_func", "softmax")
	o.want("topk_method", "greedy")
	return deepseekFFN(o, c, mla(o, c), moe.Router{Score: moe.Softmax})
}

// deepseekV3Layers is V3, R1, V3.2 and Kimi K2: sigmoid scores, a bias for the
// choice, groups.
func deepseekV3Layers(o object, c *Config) []Layer {
	o.want("scoring_func", "sigmoid")
	o.want("topk_method", "noaux_tc")
	return deepseekFFN(o, c, mla(o, c), sigmoidRouter(o))
}

// sigmoidRouter is that of V3, which GLM took over.
func sigmoidRouter(o object) moe.Router {
	return moe.Router{Score: moe.Sigmoid, SelectionBias: true, Renorm: true, Groups: o.intOr("n_group", 1), KeepGroups: o.intOr("topk_group", 1)}
}

// csaRatio is the compression ratio of layers with overlapping rows and an
// indexer; other ratios compress without.
const csaRatio = 4

// deepseekV4Layers reads compress_ratios: 0 = window, 4 = CSA, else HCA. The list
// may go on with the multi-token-prediction blocks. clamp_shared_experts (ours,
// default true) false leaves the shared expert unclamped, as the first published
// code did.
func deepseekV4Layers(o object, c *Config) []Layer {
	o.want("scoring_func", "sqrtsoftplus")
	if n := o.intOr("num_key_value_heads", 1); n != 1 {
		o.fail("num_key_value_heads is %d, want 1: one row serves all heads", n)
	}
	c.Streams = Streams{N: o.int("hc_mult"), Iters: o.int("hc_sinkhorn_iters"), Eps: float32(o.float("hc_eps")), Norm: c.Eps}
	window, compressed := v4Ropes(o)
	base := attention.Compressed{
		Hidden: c.Hidden, Heads: o.int("num_attention_heads"), HeadDim: o.int("head_dim"), QLora: o.int("q_lora_rank"),
		Groups: o.int("o_groups"), OLora: o.int("o_lora_rank"), Window: o.int("sliding_window"), Eps: c.Eps, Rope: window,
	}
	layers := deepseekFFN(o, c, base, moe.Router{Score: moe.SqrtSoftplus, SelectionBias: true, Renorm: true})
	act := vec.Activation{}
	if o.has("swiglu_limit") {
		act = vec.Activation{Kind: vec.ClampedSiLU, Limit: float32(o.float("swiglu_limit"))}
	}
	var ratios []int
	get(o, "compress_ratios", &ratios, "a list of numbers")
	if len(ratios) != len(layers) && len(ratios) != len(layers)+c.MTP {
		o.fail("compress_ratios has %d entries, want num_hidden_layers + num_nextn_predict_layers = %d + %d", len(ratios), len(layers), c.MTP)
		return layers
	}
	hash := o.count("num_hash_layers", 0)
	if hash > len(layers) {
		o.fail("num_hash_layers is %d, want at most num_hidden_layers = %d", hash, len(layers))
	}
	for i := range layers {
		a, ffn := base, &layers[i].FFN
		if a.Ratio = ratios[i]; a.Ratio != 0 {
			a.Rope = compressed
		}
		if a.Ratio == csaRatio {
			a.Indexer = indexer(o)
		}
		layers[i].Attention = a
		ffn.Act, ffn.SharedAct = act, act
		if !o.boolOr("clamp_shared_experts", true) {
			ffn.SharedAct = vec.Activation{}
		}
		if i < hash {
			ffn.Router.Hash, ffn.Router.SelectionBias = true, false
		}
	}
	return layers
}

// v4Ropes are the rotary tables of window layers (rope_theta, never stretched) and
// of layers that compress (compress_rope_theta, YaRN without magnitude). Newer
// files nest them as rope_parameters main and compress.
func v4Ropes(o object) (window, compressed vec.RopeConfig) {
	dim := o.int("qk_rope_head_dim")
	top, scaling := o, object{}
	theta, compressTheta := "rope_theta", "compress_rope_theta"
	if nested, ok := o.object("rope_parameters"); ok && nested.has("main") {
		top, _ = nested.object("main")
		scaling, _ = nested.object("compress")
		window.Theta, compressed.Theta = top.float(theta), scaling.float(theta)
	} else {
		scaling, top = ropeObject(o)
		window.Theta, compressed.Theta = top.float(theta), o.float(compressTheta)
	}
	window.Dim, window.Interleaved, compressed.Dim, compressed.Interleaved = dim, true, dim, true
	switch kind := scaling.stringOr("rope_type", scaling.stringOr("type", "default")); kind {
	case "default":
	case "yarn":
		compressed.Yarn = yarn(scaling)
	default:
		scaling.fail("rope type is %q, want default or yarn", kind)
	}
	return window, compressed
}

// yarn reads the numbers of YaRN, without a magnitude.
func yarn(p object) vec.Yarn {
	return vec.Yarn{
		Factor: p.float("factor"), Original: p.int("original_max_position_embeddings"),
		BetaFast: p.floatOr("beta_fast", 32), BetaSlow: p.floatOr("beta_slow", 1),
		NoTruncate: !p.boolOr("truncate", true),
	}
}
