package model

import (
	"fmt"

	"moebench/kernels"
	"moebench/kernels/matmul"
)

// Verify compares the kernel of every format and shape in the model with a
// float64 reference, for the given number of rows at once.
func (m *Model) Verify(rows int) error {
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
