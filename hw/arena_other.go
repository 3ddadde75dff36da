//go:build !linux

package hw

import "unsafe"

// reserve takes memory from the Go heap where there is no mmap to speak of.
func reserve(bytes int64) ([]byte, error) {
	raw := make([]byte, bytes+63)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(raw))) & 63
	return raw[skip : int64(skip)+bytes], nil
}

func release([]byte) error { return nil }
