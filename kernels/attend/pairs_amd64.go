//go:build !purego

package attend

import "moebench/hw"

//go:noescape
func pairScoresAVX512BF16(s []float32, q []uint16, k []byte, dim, heads, n, stride, pitch int, next []byte, load *RowLoad)

//go:noescape
func pairMixAVX512BF16(out []float32, p []uint16, v []byte, before, now []float32, dim, heads, n, stride, pitch int, part []float32, next []byte)

//go:noescape
func packAVX512BF16(dst []uint16, q []float32, dim, heads int)

//go:noescape
func pairOneAVX512BF16(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, heads, n int, nextK, nextV []byte)

//go:noescape
func pairFewAVX512BF16(out []float32, q []uint16, k, v []byte, top, sum, scratch []float32, dim, heads, n int, nextK, nextV []byte)

func init() {
	pairFew.set.Add(hw.AVX512BF16, pairFewAVX512BF16)
	pairOne.set.Add(hw.AVX512BF16, pairOneAVX512BF16)
	packs.Add(hw.AVX512BF16, packAVX512BF16)
	pairScores.Add(hw.AVX512BF16, pairScoresAVX512BF16)
	pairMix.Add(hw.AVX512BF16, pairMixAVX512BF16)
}
