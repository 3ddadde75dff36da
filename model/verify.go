package model

import (
	"fmt"

	"moebench/attention"
	"moebench/kernels"
	"moebench/kernels/matmul"
)

// Verify compares the kernel of every format and shape in the model with a
// float64 reference, for the given number of rows at once, and those that read
// caches of a format.
func (m *Model) Verify(rows int, cache attention.CacheFormat) error {
	for _, k := range m.Config.Kinds() {
		if err := k.Layer.Attention.Verify(cache); err != nil {
			return fmt.Errorf("%s: %w", k.Name, err)
		}
	}
	type shape struct {
		format     kernels.Format
		rows, cols int
	}
	seen := map[shape]bool{}
	var first error
	m.matrices(func(name string, w *kernels.Matrix) {
		if s := (shape{w.Format, w.Rows, w.Cols}); first == nil && !seen[s] {
			seen[s] = true
			if err := matmul.Verify(w, min(rows, matmul.TileTokens)); err != nil {
				first = fmt.Errorf("%s: %w", name, err)
			}
		}
	})
	return first
}

// CheckEnvironment reports a MOEBENCH_ISA that is unknown or not supported here.
func CheckEnvironment() error {
	_, err := kernels.EnvironmentISA()
	return err
}
