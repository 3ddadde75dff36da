//go:build !amd64 || purego

package hw

// BestISA is Generic where no assembly is built.
func BestISA() ISA { return Generic }
