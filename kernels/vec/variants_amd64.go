//go:build !purego

package vec

import "moebench/hw"

// The assembly takes whole registers: lengths are positive multiples of 16.

//go:noescape
func expSumAVX512(dst, x []float32, shift float32) float32

//go:noescape
func fetchAVX2(memory []byte)

//go:noescape
func maxAVX512(x []float32) float32

//go:noescape
func swigluAVX512(h, gateUp []float32, rows, stride int, p gate)

//go:noescape
func sigmoidAVX512(dst, x []float32)

//go:noescape
func sqrtSoftplusAVX512(x, sum, add []float32)

//go:noescape
func sumSquaresAVX512(x []float32) float32

//go:noescape
func scaleByAVX512(dst, x, weight []float32, scale float32)

//go:noescape
func scaleAVX512(x []float32, a float32)

//go:noescape
func axpyAVX512(dst, x []float32, a float32)

//go:noescape
func expSumAVX2(dst, x []float32, shift float32) float32

//go:noescape
func maxAVX2(x []float32) float32

//go:noescape
func swigluAVX2(h, gateUp []float32, rows, stride int, p gate)

//go:noescape
func sigmoidAVX2(dst, x []float32)

//go:noescape
func sqrtSoftplusAVX2(x, sum, add []float32)

//go:noescape
func sumSquaresAVX2(x []float32) float32

//go:noescape
func scaleByAVX2(dst, x, weight []float32, scale float32)

//go:noescape
func scaleAVX2(x []float32, a float32)

//go:noescape
func hadamardAVX2(x []float32)

//go:noescape
func sumAVX2(dst, x, y []float32)

//go:noescape
func axpyAVX2(dst, x []float32, a float32)

//go:noescape
func runningAVX512(p, top, sum, scale []float32, pitch, n int)

//go:noescape
func runningPairsAVX512BF16(p []uint16, s []float32, seen []int32, top, sum, scale []float32, pitch, n int)

//go:noescape
func runningAVX2(p, top, sum, scale []float32, pitch, n int)

//go:noescape
func poolAVX512(dst, c, logits []float32, n int)

//go:noescape
func poolAVX2(dst, c, logits []float32, n int)

//go:noescape
func rotateHalvesAVX2(x, cos, sin []float32, sign float32)

//go:noescape
func rotatePairsAVX2(x, cos, sin []float32, sign float32)

func init() {
	Fetch.Add(hw.AVX2, fetchAVX2)
	exps.Add(hw.AVX2, expSumAVX2)
	maximum.Add(hw.AVX2, maxAVX2)
	swiglu.Add(hw.AVX2, swigluAVX2)
	sigmoids.Add(hw.AVX2, sigmoidAVX2)
	sumSquares.Add(hw.AVX2, sumSquaresAVX2)
	scaleBy.Add(hw.AVX2, scaleByAVX2)
	hadamard.Add(hw.AVX2, hadamardAVX2)
	rotateHalves.Add(hw.AVX2, rotateHalvesAVX2)
	rotatePairs.Add(hw.AVX2, rotatePairsAVX2)
	sums.Add(hw.AVX2, sumAVX2)
	axpy.Add(hw.AVX2, axpyAVX2)
	scale.Add(hw.AVX2, scaleAVX2)
	exps.Add(hw.AVX512, expSumAVX512)
	maximum.Add(hw.AVX512, maxAVX512)
	swiglu.Add(hw.AVX512, swigluAVX512)
	sigmoids.Add(hw.AVX512, sigmoidAVX512)
	sqrtSoftplus.Add(hw.AVX2, sqrtSoftplusAVX2)
	sqrtSoftplus.Add(hw.AVX512, sqrtSoftplusAVX512)
	sumSquares.Add(hw.AVX512, sumSquaresAVX512)
	scaleBy.Add(hw.AVX512, scaleByAVX512)
	scale.Add(hw.AVX512, scaleAVX512)
	axpy.Add(hw.AVX512, axpyAVX512)
	Running.Add(hw.AVX2, runningAVX2)
	Running.Add(hw.AVX512, runningAVX512)
	RunningPairs.Add(hw.AVX512BF16, runningPairsAVX512BF16)
	pool.Add(hw.AVX2, poolAVX2)
	pool.Add(hw.AVX512, poolAVX512)
}
