package moe_test

import (
	"fmt"

	"moebench/moe"
)

// The router of DeepSeek V3 on six experts: scores are sigmoids of the logits, a bias helps
// choose but does not weigh, weights are normalised and scaled by 2.5.
func ExampleRouter_Route() {
	r := moe.Router{Score: moe.Sigmoid, TopK: 2, Renorm: true, Scale: 2.5, SelectionBias: true}
	logits := []float32{-3, 0, 2, 1, -1, 0.5}
	bias := []float32{0, 0.3, 0, 0, 0, 0} // expert 1 has had too little to do

	ids, weights := make([]int32, 2), make([]float32, 2)
	r.Route(ids, weights, logits, make([]float32, len(logits)), bias, nil)

	// sigmoid(2) = 0.8808 is the best. sigmoid(0) = 0.5 is less than sigmoid(1) = 0.7311, but
	// 0.8 with the bias. The weights are 2.5 x 0.8808/1.3808 and 2.5 x 0.5/1.3808.
	for i, id := range ids {
		fmt.Printf("expert %d weighs %.4f\n", id, weights[i])
	}
	// Output:
	// expert 2 weighs 1.5947
	// expert 1 weighs 0.9053
}
