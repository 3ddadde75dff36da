//go:build !purego

package attend

import "moebench/hw"

//go:noescape
func pairScoresAVX512BF16(s []float32, q []uint16, k []byte, dim, heads, n, stride, pitch int, next []byte)

//go:noescape
func pairMixAVX512BF16(out []float32, p []uint16, v []byte, scale []float32, dim, heads, n, stride, pitch int, next []byte)

func init() {
	pairScores.Add(hw.AVX512BF16, pairScoresAVX512BF16)
	pairMix.Add(hw.AVX512BF16, pairMixAVX512BF16)
}
