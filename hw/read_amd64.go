//go:build !purego

package hw

//go:noescape
func readAVX512(p *byte, stride, streams, turns, near, far int)

//go:noescape
func readAVX2(p *byte, stride, streams, turns, near, far int)

// readLines reads turns x 256 bytes of each stream; streams begin stride apart.
func readLines(p *byte, stride, streams, turns, near, far int) {
	switch best := BestISA(); {
	case best >= AVX512:
		readAVX512(p, stride, streams, turns, near, far)
	case best >= AVX2:
		readAVX2(p, stride, streams, turns, near, far)
	default:
		readLinesRef(p, stride, streams, turns)
	}
}
