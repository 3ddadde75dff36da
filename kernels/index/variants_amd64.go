//go:build !purego

package index

import (
	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func scoresAVX2(s, tile, q, w []float32)

//go:noescape
func loadF32AVX2(tile []float32, rows []byte, size, dim int)

//go:noescape
func loadBF16AVX2(tile []float32, rows []byte, size, dim int)

//go:noescape
func loadFP8AVX2(tile []float32, rows []byte, size, dim int)

//go:noescape
func loadMXFP4AVX2(tile, rows []byte, size, dim int)

//go:noescape
func scoresMXFP4AVX2(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)

//go:noescape
func roundFP8AVX2(q, x []float32)

//go:noescape
func roundMXFP4AVX2(codes []byte, scales, x []float32)

//go:noescape
func scoresAVX512(s, tile, q, w []float32)

//go:noescape
func scoresMXFP4AVX512VNNI(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)

//go:noescape
func scoresMXFP4AVX512BF16(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)

//go:noescape
func loadMXFP4AVX512VNNI(tile, rows []byte, size, dim int)

//go:noescape
func loadF32AVX512(tile []float32, rows []byte, size, dim int)

//go:noescape
func loadBF16AVX512(tile []float32, rows []byte, size, dim int)

//go:noescape
func loadFP8AVX512(tile []float32, rows []byte, size, dim int)

//go:noescape
func roundPairsAVX512BF16(q []uint32, x []float32) (scale float32)

//go:noescape
func loadPairsAVX512BF16(tile []uint32, rows []byte, size, dim int, table *[2][128]byte)

//go:noescape
func scoresPairsAVX512BF16(s []float32, tile, q []uint32, w []float32)

// bf16FP8 are the lower and the upper bytes of the bf16 of all FP8 codes from 0 on.
var bf16FP8 = func() (table [2][128]byte) {
	table[1], table[0] = kernels.FP8AsBF16()
	return table
}()

func init() {
	scores.Add(hw.AVX2, scoresAVX2)
	loads[kernels.F32].Add(hw.AVX2, loadF32AVX2)
	loads[kernels.BF16].Add(hw.AVX2, loadBF16AVX2)
	loads[kernels.FP8].Add(hw.AVX2, loadFP8AVX2)
	loadMXFP4.Add(hw.AVX2, loadMXFP4AVX2)
	scoresMXFP4.Add(hw.AVX2, scoresMXFP4AVX2)
	roundFP8.Add(hw.AVX2, roundFP8AVX2)
	roundMXFP4.Add(hw.AVX2, roundMXFP4AVX2)
	loadMXFP4.Add(hw.AVX512VNNI, loadMXFP4AVX512VNNI)
	scoresMXFP4.Add(hw.AVX512VNNI, scoresMXFP4AVX512VNNI)
	scoresMXFP4.Add(hw.AVX512BF16, scoresMXFP4AVX512BF16)
	scores.Add(hw.AVX512, scoresAVX512)
	loads[kernels.F32].Add(hw.AVX512, loadF32AVX512)
	loads[kernels.BF16].Add(hw.AVX512, loadBF16AVX512)
	loads[kernels.FP8].Add(hw.AVX512, loadFP8AVX512)
	formFP8.Add(hw.AVX512BF16, func(s *Scratch) form { return &s.pairs })
	roundPairs.Add(hw.AVX512BF16, roundPairsAVX512BF16)
	loadPairs.Add(hw.AVX512BF16, func(tile []uint32, rows []byte, size, dim int) {
		loadPairsAVX512BF16(tile, rows, size, dim, &bf16FP8)
	})
	scoresPairs.Add(hw.AVX512BF16, scoresPairsAVX512BF16)
}
