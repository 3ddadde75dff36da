//go:build !unix

package checkpoint

import "os"

// mapping is a file read into memory, where files cannot be mapped.
type mapping struct{ data []byte }

func mapFile(path string) (*mapping, error) {
	data, err := os.ReadFile(path)
	return &mapping{data}, err
}

func (m *mapping) close() error { return nil }
