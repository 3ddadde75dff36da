//go:build !purego

package hw

// pause passes a little time.
func pause()
