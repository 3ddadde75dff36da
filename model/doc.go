// Package model puts sublayers together: what a model is (Config, presets,
// config.json), its weights (synthetic, or loaded from a checkpoint), and one
// pass of tokens through them (Session).
//
//	embed -> hidden
//	per layer:  hidden += attention(norm hidden)
//	            hidden += ffn(norm hidden)
//	head -> logits
//
// With hyper-connections (Streams, DeepSeek V4) hidden is several streams: what a
// sublayer reads is a mix of them, and += shares its output out among them.
//
// There is one forward path: a prompt, a decoded token and a step of a batch are
// the same code with other rows. A Config spells out every layer, so that equal
// ones can be found (Kinds) and forward code asks no layer numbers; a Model is
// immutable; a Session owns caches and scratch.
//
// To add a preset, add a literal to presets.go and its published total to the
// test. To add a family of checkpoints, add its model_type to hf.go and, if its
// tensors have other names, a literal to names.go.
package model
