package vec

import (
	"math"

	"moebench/kernels"
)

// Pool mixes n rows channel by channel: dst[i] = sum over j of softmax_j(g[j][i])
// c[j][i], where c and g are [n][len(dst)] (the compressor of DeepSeek V4). An
// exp is within 2 units in the last place, and the result within (n + 4) 2^-23
// of the largest |c|.
func Pool(dst, c, g []float32, n int) {
	if len(dst)%width == 0 && n > 0 {
		pool.Best()(dst, c, g, n)
		return
	}
	poolRef(dst, c, g, n)
}

var pool = kernels.NewSet("vec/pool", poolRef)

func poolRef(dst, c, g []float32, n int) {
	for i := range dst {
		top := math.Inf(-1)
		for j := range n {
			top = math.Max(top, float64(g[j*len(dst)+i]))
		}
		var sum, out float64
		for j := range n {
			e := math.Exp(float64(g[j*len(dst)+i]) - top)
			sum += e
			out += e * float64(c[j*len(dst)+i])
		}
		dst[i] = float32(out / sum)
	}
}
