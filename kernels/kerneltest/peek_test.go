package kerneltest

import (
	"runtime"
	"unsafe"
)

const guards = runtime.GOOS == "linux"

var sink float32

// peek reads an element without a bounds check.
func peek(x []float32, i int) {
	sink = *(*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), i*4))
}
