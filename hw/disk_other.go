//go:build !linux

package hw

// FreeDisk is the bytes a program may still write below a folder; -1 = not
// available.
func FreeDisk(string) int64 { return -1 }
