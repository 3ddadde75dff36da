package kernels

import (
	"unsafe"

	"moebench/hw"
)

// Grow returns s with n elements: its own memory where that is enough, else new
// memory with s's elements copied. Scratch grows this way on first use. Much of it is
// read and written row by row, each row a page: hence huge pages, if it is large.
func Grow[E any](s []E, n int) []E {
	if cap(s) < n {
		grown := make([]E, 0, n)
		if size := n * int(unsafe.Sizeof(*new(E))); size > 0 {
			hw.AdviseHuge(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(grown))), size))
		}
		return append(grown, s[:cap(s)]...)[:n]
	}
	return s[:n]
}
