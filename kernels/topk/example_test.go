package topk_test

import (
	"fmt"

	"moebench/kernels/topk"
)

// Routers want the best first; whoever reads cache rows wants them in the order of memory.
func Example() {
	scores := []float32{0.1, 0.7, 0.4, 0.9, 0.9}

	best := make([]int32, 3)
	topk.Select(best, scores)
	fmt.Println(best)

	var s topk.Selector
	rows := make([]int32, 3)
	s.Select(rows, scores)
	fmt.Println(rows)
	// Output:
	// [3 4 1]
	// [1 3 4]
}
