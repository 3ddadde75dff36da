package model

// names is what a family's checkpoints call their tensors. A new dialect is a
// literal. Names of a layer begin with layer, whose %d is its number; those of an
// expert have a %d for its number.
type names struct {
	embed, norm, head string
	layer             string // "model.layers.%d."

	attentionNorm, ffnNorm string
	attention              map[string]string // by what package attention calls them

	router, routerBias, selectionBias, hash string
	expert, shared, dense                   string    // + gate, up, down
	parts                                   [3]string // of an expert: gate, up, down
	// Or all experts in one tensor, gate and up interleaved row by row
	// (gpt-oss): [E, in, out] floats, or [E, out, in/32, 16] blocks + scales.
	fused bool

	attentionMix, ffnMix, headMix string // + fn, base, scale

	ignored []string // beginnings of names that belong to multi-token prediction
}

// huggingFace is what most families share.
func huggingFace(attention map[string]string) names {
	return names{
		embed: "model.embed_tokens.weight", norm: "model.norm.weight", head: "lm_head.weight", layer: "model.layers.%d.",
		attentionNorm: "input_layernorm.weight", ffnNorm: "post_attention_layernorm.weight", attention: attention,
		router: "mlp.gate.weight", selectionBias: "mlp.gate.e_score_correction_bias",
		expert: "mlp.experts.%d.", shared: "mlp.shared_experts.", dense: "mlp.",
		parts: [3]string{"gate_proj.weight", "up_proj.weight", "down_proj.weight"},
	}
}

var gqaNames = map[string]string{
	"q": "self_attn.q_proj.weight", "k": "self_attn.k_proj.weight", "v": "self_attn.v_proj.weight", "o": "self_attn.o_proj.weight",
	"q_bias": "self_attn.q_proj.bias", "k_bias": "self_attn.k_proj.bias", "v_bias": "self_attn.v_proj.bias", "o_bias": "self_attn.o_proj.bias",
	"q_norm": "self_attn.q_norm.weight", "k_norm": "self_attn.k_norm.weight", "sinks": "self_attn.sinks",
}

var mlaNames = map[string]string{
	"q": "self_attn.q_proj.weight", "q_a": "self_attn.q_a_proj.weight", "q_a_norm": "self_attn.q_a_layernorm.weight", "q_b": "self_attn.q_b_proj.weight",
	"kv_a": "self_attn.kv_a_proj_with_mqa.weight", "kv_a_norm": "self_attn.kv_a_layernorm.weight", "kv_b": "self_attn.kv_b_proj.weight",
	"o": "self_attn.o_proj.weight", "index.q_b": "self_attn.indexer.wq_b.weight", "index.k": "self_attn.indexer.wk.weight",
	"index.k_norm": "self_attn.indexer.k_norm.weight", "index.k_norm_bias": "self_attn.indexer.k_norm.bias",
	"index.weights": "self_attn.indexer.weights_proj.weight",
}

var (
	llamaNames   = huggingFace(gqaNames) // Qwen3, OLMoE and GLM too
	mlaFamily    = huggingFace(mlaNames) // DeepSeek V2, V3, V3.2, Kimi K2
	mixtralNames = func() names {        // MiniMax-M2 too
		n := huggingFace(gqaNames)
		n.router, n.selectionBias = "block_sparse_moe.gate.weight", "block_sparse_moe.e_score_correction_bias"
		n.expert, n.parts = "block_sparse_moe.experts.%d.", [3]string{"w1.weight", "w3.weight", "w2.weight"}
		return n
	}()
	gptOSSNames = func() names {
		n := huggingFace(gqaNames)
		n.router, n.routerBias, n.fused = "mlp.router.weight", "mlp.router.bias", true
		return n
	}()
	// deepseekV4Names are those of the published checkpoints.
	deepseekV4Names = names{
		embed: "embed.weight", norm: "norm.weight", head: "head.weight", layer: "layers.%d.",
		attentionNorm: "attn_norm.weight", ffnNorm: "ffn_norm.weight",
		attention: map[string]string{
			"q_a": "attn.wq_a.weight", "q_a_norm": "attn.q_norm.weight", "q_b": "attn.wq_b.weight",
			"kv": "attn.wkv.weight", "kv_norm": "attn.kv_norm.weight", "sinks": "attn.attn_sink",
			"o_a": "attn.wo_a.weight", "o_b": "attn.wo_b.weight",
			"compress.kv": "attn.compressor.wkv.weight", "compress.gate": "attn.compressor.wgate.weight",
			"compress.ape": "attn.compressor.ape", "compress.norm": "attn.compressor.norm.weight",
			"index.q_b": "attn.indexer.wq_b.weight", "index.weights": "attn.indexer.weights_proj.weight",
			"index.compress.kv": "attn.indexer.compressor.wkv.weight", "index.compress.gate": "attn.indexer.compressor.wgate.weight",
			"index.compress.ape": "attn.indexer.compressor.ape", "index.compress.norm": "attn.indexer.compressor.norm.weight",
		},
		router: "ffn.gate.weight", selectionBias: "ffn.gate.bias", hash: "ffn.gate.tid2eid",
		expert: "ffn.experts.%d.", shared: "ffn.shared_experts.", parts: [3]string{"w1.weight", "w3.weight", "w2.weight"},
		attentionMix: "hc_attn_", ffnMix: "hc_ffn_", headMix: "hc_head_",
		ignored: []string{"mtp."},
	}
)

// fusedName is the tensor of all experts' gate and up, or down (gpt-oss); blocks,
// scales and bias have names that begin with it.
func fusedName(part string) string { return "mlp.experts." + part + "_proj" }
