//go:build !purego

package matmul

// own begins to fetch the lines at y[t*stride:][:32], t < rows, for writing: rows that were
// not written lately would hold up their stores one by one.
//
//go:noescape
func own(y *float32, stride, rows int)

// fence makes what this worker wrote past the caches visible before what it writes next.
//
//go:noescape
func fence()
