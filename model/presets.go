package model

import (
	"fmt"
	"slices"
	"strings"

	"moebench/attention"
	"moebench/kernels"
	"moebench/kernels/vec"
	"moebench/moe"
)

// A preset is one literal. Numbers stand with the config.json key they come
// from; totals are checked against the published ones by the tests.

// bf16 is what most models ship in.
var bf16 = UniformFormats(kernels.BF16)

// mxfp4Experts is gpt-oss: experts in MXFP4, all else in BF16
// (quantization_config.modules_to_not_convert).
var mxfp4Experts = func() Formats { f := bf16; f.Expert = kernels.MXFP4; return f }()

// fp8Blocks is MiniMax-M2: linear layers in FP8 with 128x128 blocks; router,
// embedding and head in BF16.
var fp8Blocks = Formats{
	Embed: kernels.BF16, Head: kernels.BF16, Router: kernels.BF16,
	Attention: kernels.FP8, Compress: kernels.BF16, Expert: kernels.FP8, Shared: kernels.FP8, Dense: kernels.FP8,
}

// rope is plain rotary embedding over the first dim dimensions of a head.
func rope(theta float64, dim int) vec.RopeConfig { return vec.RopeConfig{Theta: theta, Dim: dim} }

// llama3Rope is rope_theta 500000 with rope_scaling type llama3.
var llama3Rope = vec.RopeConfig{Theta: 500000, Dim: 128, Llama3: vec.Llama3{Factor: 8, Low: 1, High: 4, Original: 8192}}

// gptOSS builds both gpt-oss models: layer_types alternate sliding_attention
// (sliding_window 128) and full_attention; rope_scaling yarn factor 32 over
// 4096 positions, truncate false.
func gptOSS(id string, layers, experts int) Config {
	full := attention.GQA{
		Hidden: 2880, Heads: 64, KVHeads: 8, HeadDim: 64, // hidden_size num_attention_heads num_key_value_heads head_dim
		Sinks: true, QKVBias: true, OBias: true, // attention_bias
		Rope: yarnMagnitude(vec.RopeConfig{Theta: 150000, Dim: 64, // rope_theta
			Yarn: vec.Yarn{Factor: 32, Original: 4096, BetaFast: 32, BetaSlow: 1, NoTruncate: true}}),
	}
	window := full
	window.Window = 128 // sliding_window
	ffn := moe.Config{
		Hidden: 2880, Inter: 2880, Experts: experts, // intermediate_size num_local_experts
		Router: moe.Router{Score: moe.TopKSoftmax, TopK: 4, Bias: true},  // num_experts_per_tok
		Act:    vec.Activation{Kind: vec.GPTOSS, Limit: 7, Alpha: 1.702}, // swiglu_limit
		Bias:   true,
	}
	pair := []Layer{{window, ffn}, {full, ffn}}
	return Config{
		ID: id, Source: "openai/" + id + " config.json", Shipped: mxfp4Experts,
		Vocab: 201088, Hidden: 2880, Eps: 1e-5, MaxPos: 131072,
		Layers: slices.Repeat(pair, layers/2), // num_hidden_layers
	}
}

// qwen3Attention has q/k norm per head and no biases.
func qwen3Attention(hidden, heads, kvHeads int) attention.GQA {
	return attention.GQA{
		Hidden: hidden, Heads: heads, KVHeads: kvHeads, HeadDim: 128,
		QKNorm: attention.PerHead, Eps: 1e-6, Rope: rope(1e6, 128),
	}
}

// qwen3MoE: num_experts 128, num_experts_per_tok 8, norm_topk_prob true.
func qwen3MoE(id, source string, hidden, layers, heads, kvHeads, inter int) Config {
	layer := Layer{
		qwen3Attention(hidden, heads, kvHeads),
		moe.Config{
			Hidden: hidden, Inter: inter, Experts: 128, // moe_intermediate_size
			Router: moe.Router{Score: moe.Softmax, TopK: 8, Renorm: true},
		},
	}
	return Config{
		ID: id, Source: source, Shipped: bf16,
		Vocab: 151936, Hidden: hidden, Eps: 1e-6, MaxPos: 40960,
		Layers: slices.Repeat([]Layer{layer}, layers),
	}
}

// presets lists the models users can name: GQA models, smallest active count
// first, then those with latent attention.
var presets = []Config{
	{
		ID: "olmoe-1b-7b", Source: "allenai/OLMoE-1B-7B-0924 config.json", Shipped: bf16,
		Vocab: 50304, Hidden: 2048, Eps: 1e-5, MaxPos: 4096,
		Layers: slices.Repeat([]Layer{{
			attention.GQA{Hidden: 2048, Heads: 16, KVHeads: 16, HeadDim: 128, QKNorm: attention.Whole, Eps: 1e-5, Rope: rope(10000, 128)},
			moe.Config{Hidden: 2048, Inter: 1024, Experts: 64, // intermediate_size num_experts
				Router: moe.Router{Score: moe.Softmax, TopK: 8}}, // norm_topk_prob false
		}}, 16),
	},
	qwen3MoE("qwen3-30b-a3b", "Qwen/Qwen3-30B-A3B config.json", 2048, 48, 32, 4, 768),
	gptOSS("gpt-oss-20b", 24, 32),
	gptOSS("gpt-oss-120b", 36, 128),
	{
		ID: "minimax-m2", Source: "MiniMaxAI/MiniMax-M2 config.json", Shipped: fp8Blocks,
		Vocab: 200064, Hidden: 3072, Eps: 1e-6, MaxPos: 196608,
		Layers: slices.Repeat([]Layer{{
			attention.GQA{Hidden: 3072, Heads: 48, KVHeads: 8, HeadDim: 128, QKNorm: attention.Whole, Eps: 1e-6, Rope: rope(5e6, 64)}, // rotary_dim 64
			moe.Config{Hidden: 3072, Inter: 1536, Experts: 256, // intermediate_size num_local_experts
				Router: moe.Router{Score: moe.Sigmoid, TopK: 8, SelectionBias: true, Renorm: true}}, // use_routing_bias
		}}, 62),
	},
	{
		ID: "mixtral-8x7b", Source: "mistralai/Mixtral-8x7B-v0.1 config.json", Shipped: bf16,
		Vocab: 32000, Hidden: 4096, Eps: 1e-5, MaxPos: 32768,
		Layers: slices.Repeat([]Layer{{
			attention.GQA{Hidden: 4096, Heads: 32, KVHeads: 8, HeadDim: 128, Rope: rope(1e6, 128)},
			moe.Config{Hidden: 4096, Inter: 14336, Experts: 8, Router: moe.Router{Score: moe.Softmax, TopK: 2, Renorm: true}},
		}}, 32),
	},
	glm45Air(),
	qwen3MoE("qwen3-235b-a22b", "Qwen/Qwen3-235B-A22B config.json", 4096, 94, 64, 4, 1536),
	{
		ID: "llama-3.1-8b", Source: "meta-llama/Llama-3.1-8B config.json", Shipped: bf16,
		Vocab: 128256, Hidden: 4096, Eps: 1e-5, MaxPos: 131072,
		Layers: slices.Repeat([]Layer{{
			attention.GQA{Hidden: 4096, Heads: 32, KVHeads: 8, HeadDim: 128, Rope: llama3Rope},
			moe.Config{Hidden: 4096, Inter: 14336}, // intermediate_size
		}}, 32),
	},
	{
		ID: "qwen3-8b", Source: "Qwen/Qwen3-8B config.json", Shipped: bf16,
		Vocab: 151936, Hidden: 4096, Eps: 1e-6, MaxPos: 40960,
		Layers: slices.Repeat([]Layer{{qwen3Attention(4096, 32, 8), moe.Config{Hidden: 4096, Inter: 12288}}}, 36),
	},
	deepseekV2Lite(),
	deepseekV4("v4-flash", "deepseek-ai/DeepSeek-V4-Flash config.json", v4Sizes{
		layers: 43, hidden: 4096, heads: 64, qLora: 1024, groups: 8, experts: 256, inter: 2048, topK: 512, scale: 1.5, first: 0}),
	deepseekV3("kimi-k2", "moonshotai/Kimi-K2-Instruct config.json", 163840, 131072, 1, 384,
		moe.Router{Groups: 1, KeepGroups: 1, Scale: 2.827}, mlaPreset(7168, 64, 1536, 50000, 32, 1, 1)),
	deepseekV3("v3", "deepseek-ai/DeepSeek-V3 config.json", 129280, 163840, 3, 256, v3Router, mlaPreset(7168, 128, 1536, 10000, 40, 32, 1)),
	deepseekV32(),
	deepseekV4("v4-pro", "deepseek-ai/DeepSeek-V4-Pro config.json; routed scaling 2.5 from ROCm/ATOM #642", v4Sizes{
		layers: 61, hidden: 7168, heads: 128, qLora: 1536, groups: 16, experts: 384, inter: 3072, topK: 1024, scale: 2.5, first: 128}),
}

// glm45Air has one dense layer (first_k_dense_replace 1), then 45 with 128
// routed experts (n_routed_experts) and one shared (n_shared_experts).
func glm45Air() Config {
	a := attention.GQA{
		Hidden: 4096, Heads: 96, KVHeads: 8, HeadDim: 128,
		QKVBias: true, Rope: rope(1e6, 64), // attention_bias, partial_rotary_factor 0.5
	}
	routed := moe.Config{
		Hidden: 4096, Inter: 1408, Experts: 128, SharedInter: 1408, // moe_intermediate_size
		Router: moe.Router{Score: moe.Sigmoid, TopK: 8, SelectionBias: true, Renorm: true, Scale: 1}, // routed_scaling_factor
	}
	return Config{
		ID: "glm-4.5-air", Source: "zai-org/GLM-4.5-Air config.json", Shipped: bf16,
		Vocab: 151552, Hidden: 4096, Eps: 1e-5, MaxPos: 131072,
		Layers: append([]Layer{{a, moe.Config{Hidden: 4096, Inter: 10944}}}, // intermediate_size
			slices.Repeat([]Layer{{a, routed}}, 45)...),
	}
}

// Presets lists all presets.
func Presets() []Config { return presets }

// Preset finds a preset by id; the error lists them.
func Preset(id string) (*Config, error) {
	ids := make([]string, len(presets))
	for i := range presets {
		if presets[i].ID == id {
			return &presets[i], nil
		}
		ids[i] = presets[i].ID
	}
	return nil, fmt.Errorf("unknown model %q: want one of %s", id, strings.Join(ids, ", "))
}
