//go:build !amd64 || purego

package hw

// pause passes a little time: a loop where there is no PAUSE instruction.
//
//go:noinline
func pause() {
	for range 32 {
	}
}
