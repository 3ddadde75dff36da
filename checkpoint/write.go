package checkpoint

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Write stores tensors as one safetensors file, sorted by name. The header is
// padded with spaces so that data begins at a multiple of 8 bytes.
func Write(w io.Writer, tensors []Tensor) error {
	sorted := slices.SortedFunc(slices.Values(tensors), func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	type item struct {
		DType   DType  `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header, at := map[string]item{}, 0
	for _, t := range sorted {
		if want := t.Elements() * t.DType.Size(); len(t.Data) != want || want == 0 && t.DType.Size() == 0 {
			return fmt.Errorf("tensor %s: %d bytes of data, want %d for %s %v", t.Name, len(t.Data), want, t.DType, t.Shape)
		}
		if _, twice := header[t.Name]; twice {
			return fmt.Errorf("tensor %s: given twice", t.Name)
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		header[t.Name] = item{t.DType, shape, [2]int{at, at + len(t.Data)}}
		at += len(t.Data)
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(text))); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for _, t := range sorted {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}
