package kerneltest

import (
	"testing"
	"unsafe"
)

// After returns n elements of which the last one ends at a forbidden page. The
// slice begins 64-byte-aligned only if its size is a multiple of 64.
func After[E any](t testing.TB, n int) []E {
	var e E
	size := n * int(unsafe.Sizeof(e))
	block, pages := guarded(t, size)
	return view[E](block[pages-size:], n)
}

// Before returns n elements of which the first one begins right after a
// forbidden page.
func Before[E any](t testing.TB, n int) []E {
	var e E
	block, _ := guarded(t, n*int(unsafe.Sizeof(e)))
	return view[E](block, n)
}

// Places are the two ways to guard a buffer: a test runs with both.
func Places[E any]() []func(t testing.TB, n int) []E {
	return []func(t testing.TB, n int) []E{After[E], Before[E]}
}

// Copy puts x into a guarded buffer.
func Copy[E any](t testing.TB, place func(t testing.TB, n int) []E, x []E) []E {
	buffer := place(t, len(x))
	copy(buffer, x)
	return buffer
}

func view[E any](block []byte, n int) []E {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(block))), n)
}
