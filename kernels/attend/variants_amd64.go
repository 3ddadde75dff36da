//go:build !purego

package attend

import (
	"moebench/hw"
	"moebench/kernels"
)

//go:noescape
func scoresF32AVX512(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func scoresBF16AVX512(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func mixF32AVX512(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func mixBF16AVX512(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func scoresF32AVX2(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func scoresBF16AVX2(s, q []float32, k []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func mixF32AVX2(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func mixBF16AVX2(out, p []float32, v []byte, dim, heads, n, stride int, next []byte)

//go:noescape
func loadPowerFP8AVX512(dst []float32, codes, scales []byte, block int)

//go:noescape
func loadFloatFP8AVX512(dst []float32, codes, scales []byte, block int)

//go:noescape
func loadBF16AVX512(dst []float32, codes, scales []byte, block int)

//go:noescape
func loadPowerFP8AVX2(dst []float32, codes, scales []byte, block int)

//go:noescape
func loadFloatFP8AVX2(dst []float32, codes, scales []byte, block int)

//go:noescape
func loadBF16AVX2(dst []float32, codes, scales []byte, block int)

//go:noescape
func decodeBF16AVX2(dst []float32, rows []byte, dim, n, stride, ahead int)

func init() {
	scoreSets[kernels.F32].Add(hw.AVX2, scoresF32AVX2)
	scoreSets[kernels.BF16].Add(hw.AVX2, scoresBF16AVX2)
	mixSets[kernels.F32].Add(hw.AVX2, mixF32AVX2)
	mixSets[kernels.BF16].Add(hw.AVX2, mixBF16AVX2)
	scoreSets[kernels.F32].Add(hw.AVX512, scoresF32AVX512)
	scoreSets[kernels.BF16].Add(hw.AVX512, scoresBF16AVX512)
	mixSets[kernels.F32].Add(hw.AVX512, mixF32AVX512)
	mixSets[kernels.BF16].Add(hw.AVX512, mixBF16AVX512)
	decodeBF16.Add(hw.AVX2, decodeBF16AVX2)
	loadBF16.Add(hw.AVX2, loadBF16AVX2)
	loadPowerFP8.Add(hw.AVX2, loadPowerFP8AVX2)
	loadFloatFP8.Add(hw.AVX2, loadFloatFP8AVX2)
	loadBF16.Add(hw.AVX512, loadBF16AVX512)
	loadPowerFP8.Add(hw.AVX512, loadPowerFP8AVX512)
	loadFloatFP8.Add(hw.AVX512, loadFloatFP8AVX512)
}
