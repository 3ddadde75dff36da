//go:build !purego

package hw

// pause executes n >= 1 PAUSE instructions.
//
//go:noescape
func pause(n int)
