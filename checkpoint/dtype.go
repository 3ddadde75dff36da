package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// DType is the element type of a tensor, as safetensors spells it.
type DType string

// The types this package can size.
const (
	F64    DType = "F64"
	F32    DType = "F32"
	F16    DType = "F16"
	BF16   DType = "BF16"
	F8E4M3 DType = "F8_E4M3"
	F8E5M2 DType = "F8_E5M2"
	F8E8M0 DType = "F8_E8M0"
	I64    DType = "I64"
	I32    DType = "I32"
	I16    DType = "I16"
	I8     DType = "I8"
	U8     DType = "U8"
	Bool   DType = "BOOL"
)

// sizes of one element in bytes.
var sizes = map[DType]int{
	F64: 8, F32: 4, F16: 2, BF16: 2, F8E4M3: 1, F8E5M2: 1, F8E8M0: 1,
	I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, Bool: 1,
}

// Size is the number of bytes of one element; 0 for an unknown type.
func (d DType) Size() int { return sizes[d] }

// Tensor is one named array, row-major, little-endian.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte // a view of the file: valid until Close, read-only
	File  string
}

// Elements is the product of the shape.
func (t Tensor) Elements() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Expect reports another shape.
func (t Tensor) Expect(shape ...int) error {
	if !slices.Equal(t.Shape, shape) {
		return fmt.Errorf("tensor %s: shape %v, want %v", t.Name, t.Shape, shape)
	}
	return nil
}

// Float32s decodes a float tensor into dst [Elements].
func (t Tensor) Float32s(dst []float32) error {
	if len(dst) != t.Elements() {
		return fmt.Errorf("tensor %s: %d elements, want %d", t.Name, t.Elements(), len(dst))
	}
	for i := range dst {
		switch t.DType {
		case F32:
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
		case BF16:
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Data[2*i:])) << 16)
		case F16:
			dst[i] = half(binary.LittleEndian.Uint16(t.Data[2*i:]))
		case F64:
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:])))
		case F8E8M0:
			dst[i] = float32(math.Ldexp(1, int(t.Data[i])-127))
			if t.Data[i] == 255 {
				dst[i] = float32(math.NaN())
			}
		default:
			return fmt.Errorf("tensor %s: dtype %s, want a float type", t.Name, t.DType)
		}
	}
	return nil
}

// half decodes an IEEE binary16.
func half(h uint16) float32 {
	e, m := int(h>>10&31), float64(h&1023)
	var v float64
	switch e {
	case 0:
		v = math.Ldexp(m, -24)
	case 31:
		v = math.Inf(1)
		if m != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(m+1024, e-25)
	}
	return float32(math.Copysign(v, 1-2*float64(h>>15)))
}

// Int32s decodes an integer tensor into dst [Elements].
func (t Tensor) Int32s(dst []int32) error {
	if len(dst) != t.Elements() {
		return fmt.Errorf("tensor %s: %d elements, want %d", t.Name, t.Elements(), len(dst))
	}
	for i := range dst {
		switch t.DType {
		case I32:
			dst[i] = int32(binary.LittleEndian.Uint32(t.Data[4*i:]))
		case I64:
			v := int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
			if v != int64(int32(v)) {
				return fmt.Errorf("tensor %s: element %d is %d, want an int32", t.Name, i, v)
			}
			dst[i] = int32(v)
		default:
			return fmt.Errorf("tensor %s: dtype %s, want I32 or I64", t.Name, t.DType)
		}
	}
	return nil
}
