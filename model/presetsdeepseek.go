package model

import (
	"math"
	"slices"

	"moebench/attention"
	"moebench/kernels"
	"moebench/kernels/vec"
	"moebench/moe"
)

// fp4Experts is DeepSeek V4: experts in MXFP4, other linear layers in FP8, and
// embedding, head, router and compressors in BF16.
var fp4Experts = func() Formats {
	f := fp8Blocks
	f.Expert = kernels.MXFP4
	return f
}()

// mlaPreset has qk_nope_head_dim 128, qk_rope_head_dim 64, v_head_dim 128,
// kv_lora_rank 512 and YaRN from 4096 positions with beta_slow 1; mscale =
// mscale_all_dim, so that its magnitude stands in the scale alone.
func mlaPreset(hidden, heads, qLora int, theta, factor, betaFast, mscale float64) attention.MLA {
	magnitude := 0.1*mscale*math.Log(factor) + 1
	return attention.MLA{
		Hidden: hidden, Heads: heads, QLora: qLora, KVLora: 512, Nope: 128, Value: 128, Eps: 1e-6,
		Rope: vec.RopeConfig{Theta: theta, Dim: 64, Interleaved: true,
			Yarn: vec.Yarn{Factor: factor, Original: 4096, BetaFast: betaFast, BetaSlow: 1, Magnitude: 1}},
		Scale: float32(magnitude * magnitude / math.Sqrt(192)),
	}
}

// deepseekV3 builds V3, V3.2 and Kimi K2: dense layers (first_k_dense_replace) of
// intermediate_size 18432, then routed ones of moe_intermediate_size 2048 with one
// shared expert.
func deepseekV3(id, source string, vocab, maxPos, dense, experts int, r moe.Router, a attention.MLA) Config {
	r.Score, r.TopK, r.SelectionBias, r.Renorm = moe.Sigmoid, 8, true, true
	routed := moe.Config{Hidden: a.Hidden, Inter: 2048, Experts: experts, SharedInter: 2048, Router: r}
	return Config{
		ID: id, Source: source, Shipped: fp8Blocks, Vocab: vocab, Hidden: a.Hidden, Eps: 1e-6, MaxPos: maxPos,
		Layers: append(slices.Repeat([]Layer{{a, moe.Config{Hidden: a.Hidden, Inter: 18432}}}, dense),
			slices.Repeat([]Layer{{a, routed}}, 61-dense)...), // num_hidden_layers
	}
}

// deepseekV32 is V3 with the indexer: index_n_heads, index_head_dim, index_topk.
func deepseekV32() Config {
	a := mlaPreset(7168, 128, 1536, 10000, 40, 32, 1)
	a.Indexer = attention.Indexer{Heads: 64, Dim: 128, TopK: 2048}
	return deepseekV3("v3.2", "deepseek-ai/DeepSeek-V3.2 config.json", 129280, 163840, 3, 256, v3Router, a)
}

var v3Router = moe.Router{Groups: 8, KeepGroups: 4, Scale: 2.5} // n_group topk_group routed_scaling_factor

// deepseekV2Lite: n_routed_experts 64, num_experts_per_tok 6, n_shared_experts 2,
// first_k_dense_replace 1.
func deepseekV2Lite() Config {
	a := mlaPreset(2048, 16, 0, 10000, 40, 32, 0.707)
	routed := moe.Config{
		Hidden: 2048, Inter: 1408, Experts: 64, SharedInter: 2 * 1408,
		Router: moe.Router{Score: moe.Softmax, TopK: 6, Scale: 1},
	}
	return Config{
		ID: "v2-lite", Source: "deepseek-ai/DeepSeek-V2-Lite config.json", Shipped: bf16,
		Vocab: 102400, Hidden: 2048, Eps: 1e-6, MaxPos: 163840,
		Layers: append([]Layer{{a, moe.Config{Hidden: 2048, Inter: 10944}}}, slices.Repeat([]Layer{{a, routed}}, 26)...),
	}
}

// v4Sizes are the numbers in which the two V4 models differ.
type v4Sizes struct {
	layers, hidden, heads, qLora, groups int // num_hidden_layers hidden_size num_attention_heads q_lora_rank o_groups
	experts, inter, topK                 int // n_routed_experts moe_intermediate_size index_topk
	scale                                float32
	first                                int // compress_ratios[0] and [1]; then 4 and 128 alternate
}

// deepseekV4 builds both V4 models: head_dim 512 with 64 rotary dims, sliding_window
// 128, o_lora_rank 1024, index_n_heads 64 of 128, num_hash_layers 3, hc_mult 4,
// swiglu_limit 10, rope_theta 10000 for window layers, compress_rope_theta 160000
// with YaRN for the others.
func deepseekV4(id, source string, s v4Sizes) Config {
	window := attention.Compressed{
		Hidden: s.hidden, Heads: s.heads, HeadDim: 512, QLora: s.qLora, Groups: s.groups, OLora: 1024, Window: 128, Eps: 1e-6,
		Rope: vec.RopeConfig{Theta: 10000, Dim: 64, Interleaved: true},
	}
	act := vec.Activation{Kind: vec.ClampedSiLU, Limit: 10}
	ffn := moe.Config{
		Hidden: s.hidden, Inter: s.inter, Experts: s.experts, SharedInter: s.inter, Act: act, SharedAct: act,
		Router: moe.Router{Score: moe.SqrtSoftplus, TopK: 6, SelectionBias: true, Renorm: true, Scale: s.scale},
	}
	c := Config{
		ID: id, Source: source, Shipped: fp4Experts, Vocab: 129280, Hidden: s.hidden, Eps: 1e-6, MaxPos: 1 << 20,
		Streams: Streams{N: 4, Iters: 20, Eps: 1e-6, Norm: 1e-6},
	}
	for i := range s.layers {
		l := Layer{window, ffn}
		a := window
		switch {
		case i < 2:
			a.Ratio = s.first
		case i%2 == 0:
			a.Ratio = csaRatio
			a.Indexer = attention.Indexer{Heads: 64, Dim: 128, TopK: s.topK}
		default:
			a.Ratio = 128
		}
		if a.Ratio > 0 {
			a.Rope.Theta = 160000
			a.Rope.Yarn = vec.Yarn{Factor: 16, Original: 65536, BetaFast: 32, BetaSlow: 1}
		}
		l.Attention = a
		if i < 3 {
			l.FFN.Router.Hash, l.FFN.Router.SelectionBias = true, false
		}
		c.Layers = append(c.Layers, l)
	}
	return c
}
