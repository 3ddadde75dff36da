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
func firstAVX2(ids []int32, x []float32) (found int)

//go:noescape
func firstAVX512(ids []int32, x []float32) (found int)

func init() {
	first.Add(hw.AVX2, firstAVX2)
	first.Add(hw.AVX512, firstAVX512)
	counts.Add(hw.AVX2, atLeastAVX2)
	collect.Add(hw.AVX2, collectAVX2)
	collect.Add(hw.AVX512, collectAVX512)
}
