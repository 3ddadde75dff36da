//go:build !linux

package kerneltest

import "testing"

// guarded is plain memory where pages cannot be forbidden.
func guarded(_ testing.TB, size int) (block []byte, bytes int) {
	return make([]byte, size+64), size
}
