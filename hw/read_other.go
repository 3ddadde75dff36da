//go:build !amd64 || purego

package hw

func readLines(p *byte, stride, streams, turns, _, _ int) { readLinesRef(p, stride, streams, turns) }
