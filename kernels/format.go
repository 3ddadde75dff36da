package kernels

import (
	"fmt"
	"strings"

	"moebench/hw"
)

// Format is a number format of stored weights.
type Format uint8

// The formats. Blocks of FP8 are 128x128; MXFP4 and INT8 have one scale per 32
// columns of a row.
const (
	F32 Format = iota
	BF16
	F16
	FP8   // e4m3fn with one f32 scale per 128x128 block
	MXFP4 // e2m1 with one ue8m0 scale per 32
	INT8  // with one bf16 scale per 32
)

// Activation is a form in which kernels read their input rows: which one depends on the
// format of the weights and on the CPU (see kernels/matmul).
type Activation uint8

const (
	ActF32   Activation = iota // float32, as given
	ActF32Up                   // float32 times F32Up
	ActBF16                    // rounded to bf16
	ActInt8                    // int8 with one f32 scale per 32: see QuantBlock
)

// F32Up makes up for FP8 weights that kernels unpack to a fraction of their value, so
// that sums stay far from both ends of float32.
const F32Up = 0x1p64

// Block sizes.
const (
	QuantBlock = 32  // columns that share a scale in MXFP4, INT8 and int8 activations
	FP8Block   = 128 // rows and columns that share a scale in FP8
)

// formatRow says all that the rest of the program needs to know of a format.
type formatRow struct {
	name       string
	bits       int    // of one weight
	align      int    // columns are padded to a multiple of this when packed
	scaleCols  int    // columns that share a packed scale; 0 = no scales
	scaleBytes int    // packed scale bytes of a panel per scaleCols columns
	groupCols  int    // columns of a panel whose scales precede them; 0 = all
	paired     hw.ISA // the tier from which on kernels read panels in pairs (see Matrix)
	decode     func(uint32) float32
	encode     func(float32) uint32
}

// never is above all tiers: no kernel does.
const never hw.ISA = 255

var formats = [...]formatRow{
	F32:   {"f32", 32, 16, 0, 0, 0, never, decodeF32, encodeF32},
	BF16:  {"bf16", 16, 16, 0, 0, 0, hw.AVX512BF16, decodeBF16, encodeBF16},
	F16:   {"f16", 16, 16, 0, 0, 0, never, decodeF16, encodeF16},
	FP8:   {"fp8", 8, FP8Block, FP8Block, 4, 0, hw.AVX512BF16, decodeE4M3, encodeE4M3},
	MXFP4: {"mxfp4", 4, QuantBlock, QuantBlock, PanelRows, 4 * QuantBlock, hw.AVX512VNNI, decodeE2M1, encodeE2M1},
	INT8:  {"int8", 8, QuantBlock, QuantBlock, 2 * PanelRows, 2 * QuantBlock, hw.AVX512VNNI, decodeInt8, encodeInt8},
}

// Formats lists all formats.
func Formats() []Format { return []Format{F32, BF16, F16, FP8, MXFP4, INT8} }

// String returns the name users type.
func (f Format) String() string { return formats[f].name }

// ParseFormat is the inverse of String.
func ParseFormat(name string) (Format, error) {
	names := make([]string, len(formats))
	for i, row := range formats {
		if row.name == name {
			return Format(i), nil
		}
		names[i] = row.name
	}
	return 0, fmt.Errorf("unknown format %q: want one of %s", name, strings.Join(names, ", "))
}

// MarshalText is String, for keys of JSON objects.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText is ParseFormat.
func (f *Format) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFormat(string(text))
	return err
}

// Paired says whether matrices lie in pairs of panels, in the tier in use.
func (f Format) Paired() bool { return LimitISA() >= formats[f].paired }

// Bits of one weight, scales not counted.
func (f Format) Bits() int { return formats[f].bits }

// Decode is the value of a code, scale not applied.
func (f Format) Decode(code uint32) float32 { return formats[f].decode(code) }

// Encode is the code of the value nearest to x, ties to even. Magnitudes beyond
// the largest finite one saturate there, except in F32, BF16 and F16.
func (f Format) Encode(x float32) uint32 { return formats[f].encode(x) }

// PadCols is the packed width of cols columns.
func (f Format) PadCols(cols int) int { return roundUp(cols, formats[f].align) }

// LineBytes is a cache line, and what kernels load at once.
const LineBytes = 64

// Group is how a panel of cols columns is cut (see Matrix): columns of a group, and bytes of
// the scales in front of them.
func (f Format) Group(cols int) (columns, scaleBytes int) {
	row := &formats[f]
	columns = f.PadCols(cols)
	if row.scaleCols == 0 {
		return columns, 0
	}
	if row.groupCols > 0 {
		columns = row.groupCols
	}
	return columns, roundUp(columns/row.scaleCols*row.scaleBytes, LineBytes)
}

// PanelBytes is the size of one packed panel, scales included.
func (f Format) PanelBytes(cols int) int {
	columns, scaleBytes := f.Group(cols)
	return (f.PadCols(cols)+columns-1)/columns*scaleBytes + f.codeBytes(f.PadCols(cols))
}

// codeBytes is the size of the codes of so many packed columns of a panel.
func (f Format) codeBytes(cols int) int { return cols * PanelRows * formats[f].bits / 8 }

// Bytes is the size of a packed rows x cols matrix: codes, scales and padding.
// It is what one product with the matrix reads.
func (f Format) Bytes(rows, cols int) int64 {
	panels := int64(roundUp(rows, PairRows) / PanelRows)
	return panels * int64(f.PanelBytes(cols))
}

// RowBytes is the size of one row of a row-major table (see Source), scales
// included; FP8's block scales are not counted to a row.
func (f Format) RowBytes(cols int) int64 {
	return int64(cols)*int64(formats[f].bits)/8 + int64(cols/QuantBlock*f.rowScale())
}

// rowScale is the bytes of a scale of QuantBlock columns of a row, or 0: those of FP8 are not
// a row's.
func (f Format) rowScale() int { return formats[f].scaleBytes / PanelRows }

func roundUp(n, to int) int { return (n + to - 1) / to * to }
