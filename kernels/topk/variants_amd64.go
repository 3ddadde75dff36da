//go:build !purego

package topk

import "moebench/hw"

//go:noescape
func collectAVX2(ids []int32, scores []float32, first int32, bar float32) (used, found int)

//go:noescape
func collectAVX512(ids []int32, scores []float32, first int32, bar float32) (used, found int)

//go:noescape
func atLeastAVX2(x []float32, bar float32) (found int)

//go:noescape
func aboveAVX2(x []float32, bar float32) (marks [piece / 64]uint64)

//go:noescape
func boundAVX2(x []float32, k int) (bound float32)

func init() {
	above.Add(hw.AVX2, aboveAVX2)
	bounds.Add(hw.AVX2, boundAVX2)
	counts.Add(hw.AVX2, atLeastAVX2)
	collect.Add(hw.AVX2, collectAVX2)
	collect.Add(hw.AVX512, collectAVX512)
}
