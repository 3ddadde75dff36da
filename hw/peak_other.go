//go:build !amd64 || purego

package hw

// peakLoops has the one loop that plain Go can state: scalar f32.
var peakLoops = []peakLoop{{"f32", Generic, peakF32Ref, 2 * 8}}

func peakF32Ref(n int) {
	var a [8]float32
	x, y := float32(n&1), float32(n&2)
	for range n {
		for i := range a {
			a[i] += x * y
		}
	}
	sink.Store(uint64(a[0] + a[7]))
}
