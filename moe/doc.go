// Package moe is the feed-forward sublayer: a router chooses a few experts for
// every token, the tokens are grouped by expert, each expert hit runs once over
// its tokens, and the results are added up by weight.
//
//	logits = router x            [T][Experts]
//	route: scores -> ids, weights [T][TopK]      (router.go)
//	group rows by expert                          (group.go)
//	h = act(gate x) * up x       for every expert hit, and the shared one
//	y = sum weight * down h + shared
//
// Without experts it is one dense FFN by the same code. Routers differ in how
// logits become scores (Softmax, TopKSoftmax, Sigmoid, SqrtSoftplus), in whether
// weights are renormalised and scaled, and in what chooses besides the scores: a
// selection bias, groups of experts, a table by token id. Ties go to the lowest
// index; NaN logits come last.
//
// For synthetic weights a Chooser states the routing: uniform (every expert once
// before any again, so that memory and not a cache is read), zipf, sticky, or a
// recorded trace. Routing router leaves the choice to the scores.
//
// To add a router, add its score to ScoreKind and to Router.scores.
package moe
