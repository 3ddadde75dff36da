package hw

import (
	"sync/atomic"
	"unsafe"
)

// sink keeps loads from being optimised away.
var sink atomic.Uint64

// readLinesRef reads turns x 256 bytes of each stream, 8 bytes at a time.
func readLinesRef(p *byte, stride, streams, turns int) {
	var sum uint64
	for turn := range turns {
		for s := range streams {
			block := (*[32]uint64)(unsafe.Add(unsafe.Pointer(p), s*stride+turn*256))
			for _, v := range block {
				sum += v
			}
		}
	}
	sink.Store(sum)
}
