package model

// names is what a family's checkpoints call their tensors. %d is the layer,
// then the expert. Every name is one row, so that a new dialect is a literal.
type names struct {
	router, routerBias, selectionBias string
	gate, up, down                    string // of a routed expert, one tensor each
	// Or all experts in one tensor, gate and up interleaved row by row
	// (gpt-oss): [E, in, out] floats, or [E, out, in/32, 16] blocks + scales.
	fused bool
}

// What all families share.
const (
	embedName = "model.embed_tokens.weight"
	normName  = "model.norm.weight"
	headName  = "lm_head.weight"

	attentionNormName = "model.layers.%d.input_layernorm.weight"
	ffnNormName       = "model.layers.%d.post_attention_layernorm.weight"
	projName          = "model.layers.%d.self_attn.%s_proj.weight"
	projBiasName      = "model.layers.%d.self_attn.%s_proj.bias"
	headNormName      = "model.layers.%d.self_attn.%s_norm.weight"
	sinksName         = "model.layers.%d.self_attn.sinks"
	denseName         = "model.layers.%d.mlp.%s_proj.weight"
	denseBiasName     = "model.layers.%d.mlp.%s_proj.bias"
	sharedName        = "model.layers.%d.mlp.shared_experts.%s_proj.weight"
	fusedName         = "model.layers.%d.mlp.experts.%s_proj" // + _blocks, _scales, _bias
)

var (
	llamaNames    = names{}
	qwen3MoENames = names{
		router: "model.layers.%d.mlp.gate.weight",
		gate:   "model.layers.%d.mlp.experts.%d.gate_proj.weight",
		up:     "model.layers.%d.mlp.experts.%d.up_proj.weight",
		down:   "model.layers.%d.mlp.experts.%d.down_proj.weight",
	}
	glm4Names = names{
		router:        "model.layers.%d.mlp.gate.weight",
		selectionBias: "model.layers.%d.mlp.gate.e_score_correction_bias",
		gate:          "model.layers.%d.mlp.experts.%d.gate_proj.weight",
		up:            "model.layers.%d.mlp.experts.%d.up_proj.weight",
		down:          "model.layers.%d.mlp.experts.%d.down_proj.weight",
	}
	mixtralNames = names{ // MiniMax-M2 too
		router:        "model.layers.%d.block_sparse_moe.gate.weight",
		selectionBias: "model.layers.%d.block_sparse_moe.e_score_correction_bias",
		gate:          "model.layers.%d.block_sparse_moe.experts.%d.w1.weight",
		up:            "model.layers.%d.block_sparse_moe.experts.%d.w3.weight",
		down:          "model.layers.%d.block_sparse_moe.experts.%d.w2.weight",
	}
	gptOSSNames = names{
		router:     "model.layers.%d.mlp.router.weight",
		routerBias: "model.layers.%d.mlp.router.bias",
		fused:      true,
	}
)
