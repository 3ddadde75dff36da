//go:build !linux

package hw

// reserve takes the memory from the Go heap where there is no portable mapping.
func reserve(bytes int64) ([]byte, error) { return make([]byte, bytes), nil }

// AdviseHuge does nothing here.
func AdviseHuge([]byte) {}

func release([]byte) error { return nil }

func unused() int64 { return 0 }
