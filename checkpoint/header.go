package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
)

// A safetensors file is 8 bytes with the length of the header, the header (a
// JSON object: name -> dtype, shape, data_offsets), and the data. Everything a
// file may get wrong is checked here, before any tensor is used, and nothing is
// allocated by a size the file merely claims.
const (
	maxHeader = 100 << 20
	maxDims   = 8
)

// entry is one tensor of a header as read.
type entry struct {
	DType   *DType `json:"dtype"`
	Shape   *[]int `json:"shape"`
	Offsets *[]int `json:"data_offsets"`
}

// parse reads a whole file's tensors.
func parse(file []byte) ([]Tensor, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("%d bytes, want at least 8: truncated", len(file))
	}
	n := binary.LittleEndian.Uint64(file)
	if n == 0 || n > maxHeader || n > uint64(len(file)-8) {
		return nil, fmt.Errorf("header of %d bytes in a file of %d: want 1 to %d", n, len(file), min(maxHeader, len(file)-8))
	}
	entries, names, err := parseHeader(file[8 : 8+n])
	if err != nil {
		return nil, err
	}
	data := file[8+n:]
	tensors := make([]Tensor, 0, len(names))
	spans := make([]span, 0, len(names))
	for i, name := range names {
		t, s, err := entries[i].tensor(name, data)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		tensors, spans = append(tensors, t), append(spans, s)
	}
	return tensors, checkSpans(spans, len(data))
}

// parseHeader reads the object key by key: encoding/json would let a duplicate
// silently win.
func parseHeader(header []byte) (entries []entry, names []string, err error) {
	d := json.NewDecoder(bytes.NewReader(header))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, nil, errors.New("header is not a JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, nil, fmt.Errorf("header: %w", err)
		}
		name := token.(string) // keys of an object are strings, or Token fails
		if seen[name] {
			return nil, nil, fmt.Errorf("tensor %s: twice in the header", name)
		}
		seen[name] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, fmt.Errorf("header at %s: %w", name, err)
		}
		if name == "__metadata__" {
			if err := json.Unmarshal(raw, new(map[string]string)); err != nil {
				return nil, nil, errors.New("__metadata__ is not an object of strings")
			}
			continue
		}
		var e entry
		strict := json.NewDecoder(bytes.NewReader(raw))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&e); err != nil {
			return nil, nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		entries, names = append(entries, e), append(names, name)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, errors.New("header: something follows the JSON object")
	}
	return entries, names, nil
}

// span is where a tensor lies in the data.
type span struct {
	begin, end int
	name       string
}

// tensor checks one entry by itself.
func (e entry) tensor(name string, data []byte) (Tensor, span, error) {
	fail := func(format string, args ...any) (Tensor, span, error) {
		return Tensor{}, span{}, fmt.Errorf(format, args...)
	}
	switch {
	case e.DType == nil || e.Shape == nil || e.Offsets == nil:
		return fail("want dtype, shape and data_offsets")
	case e.DType.Size() == 0:
		return fail("unknown dtype %q", *e.DType)
	case len(*e.Shape) > maxDims:
		return fail("%d dimensions, want at most %d", len(*e.Shape), maxDims)
	case len(*e.Offsets) != 2:
		return fail("data_offsets has %d numbers, want 2", len(*e.Offsets))
	}
	begin, end := (*e.Offsets)[0], (*e.Offsets)[1]
	if begin < 0 || end < begin {
		return fail("data_offsets [%d, %d], want 0 <= begin <= end", begin, end)
	}
	if end > len(data) {
		return fail("data ends at byte %d of %d: truncated", end, len(data))
	}
	size := uint64(e.DType.Size())
	for _, dim := range *e.Shape {
		if dim < 0 {
			return fail("shape %v has a negative dimension", *e.Shape)
		}
		hi, lo := bits.Mul64(size, uint64(dim))
		if hi != 0 || lo > math.MaxInt64 {
			return fail("shape %v overflows", *e.Shape)
		}
		size = lo
	}
	if uint64(end-begin) != size {
		return fail("%d bytes at data_offsets [%d, %d], want %d for %s %v", end-begin, begin, end, size, *e.DType, *e.Shape)
	}
	return Tensor{Name: name, DType: *e.DType, Shape: *e.Shape, Data: data[begin:end:end]}, span{begin, end, name}, nil
}

// checkSpans reports tensors that overlap and bytes that belong to none.
func checkSpans(spans []span, size int) error {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at, last := 0, "the header"
	for _, s := range spans {
		if s.begin < at {
			return fmt.Errorf("tensor %s: begins at byte %d, inside %s", s.name, s.begin, last)
		}
		if s.begin > at {
			return fmt.Errorf("tensor %s: begins at byte %d, %d bytes after %s: want no gap", s.name, s.begin, s.begin-at, last)
		}
		at, last = s.end, s.name
	}
	if at != size {
		return fmt.Errorf("%d bytes after the last tensor, want none", size-at)
	}
	return nil
}
