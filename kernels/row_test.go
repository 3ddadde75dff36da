package kernels

import (
	"encoding/binary"
	"math"
	"testing"
)

// The rows of DeepSeek's caches have the published sizes.
func TestRowBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		row  RowLayout
		want int
	}{
		{"V4 entry", NewRow(8, RowPart{448, FP8, 64, PowerScale}, RowPart{64, BF16, 0, NoScale}), 584},
		{"V4 indexer", NewRow(4, RowPart{128, MXFP4, 32, PowerScale}), 68},
		{"V3.2 entry", NewRow(8, RowPart{512, FP8, 128, FloatScale}, RowPart{64, BF16, 0, NoScale}), 656},
		{"V3.2 indexer", NewRow(4, RowPart{128, FP8, 128, FloatScale}), 132},
		{"plain", PlainRow(BF16, 576), 1152},
	} {
		if got := c.row.Bytes(); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.want)
		}
	}
}

// Values a format holds come back exactly, whatever the power-of-two scale;
// others are off by half a step of their block at most.
func TestRowEncode(t *testing.T) {
	row := NewRow(8, RowPart{96, MXFP4, 32, PowerScale}, RowPart{70, FP8, 64, FloatScale})
	x, got, data := make([]float32, row.N()), make([]float32, row.N()), make([]byte, row.Bytes())
	for i := range x {
		x[i] = float32(math.Sin(float64(i*i))) * float32(math.Exp2(float64(i%5)))
	}
	for i := range 32 {
		x[32+i] = MXFP4.Decode(uint32(i%16)) * 0x1p-9 // exact
		x[64+i] = 0
	}
	row.Encode(data, x)
	row.Decode(got, data)
	for b := 0; b < 96; b += 32 {
		scale := math.Exp2(math.Ceil(math.Log2(float64(max(maxAbs(x[b:b+32]), floorMXFP4)) / 6)))
		for i := b; i < b+32; i++ {
			if d := math.Abs(float64(got[i] - x[i])); d > scale { // steps are 2 at the top
				t.Errorf("fp4 element %d: %g for %g", i, got[i], x[i])
			}
			if b > 0 && got[i] != x[i] {
				t.Errorf("fp4 element %d: %g, want exactly %g", i, got[i], x[i])
			}
		}
	}
	for i := 96; i < row.N(); i++ {
		if d := math.Abs(float64(got[i] - x[i])); d > math.Abs(float64(x[i]))/16+1e-2*0x1p-9*16 {
			t.Errorf("fp8 element %d: %g for %g", i, got[i], x[i])
		}
	}
	if s := math.Float32frombits(binary.LittleEndian.Uint32(data[48+70+3:])); s != maxAbs(x[96:160])/448 {
		t.Errorf("first fp8 scale %g, want amax/448 = %g", s, maxAbs(x[96:160])/448)
	}
}

// All of a block with NaN or Inf is read as NaN, and nothing of others is.
func TestRowNaN(t *testing.T) {
	for _, part := range []RowPart{{128, FP8, 64, PowerScale}, {128, FP8, 64, FloatScale}, {128, MXFP4, 32, PowerScale}} {
		row, x := NewRow(1, part), make([]float32, 128)
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for i := range x {
				x[i] = 1
			}
			x[70] = float32(bad)
			data := make([]byte, row.Bytes())
			for i := range data {
				data[i] = 0x7f // of another row before
			}
			row.RoundTrip(x, data)
			for i, v := range x {
				if (v != v) != (i/part.Block == 70/part.Block) {
					t.Errorf("%s, %g in element 70: element %d is %g", row, bad, i, v)
				}
			}
		}
	}
}

// Made-up rows decode to finite values that are not all alike.
func TestFillPattern(t *testing.T) {
	for _, row := range []RowLayout{
		NewRow(8, RowPart{448, FP8, 64, PowerScale}, RowPart{64, BF16, 0, NoScale}),
		NewRow(4, RowPart{128, MXFP4, 32, PowerScale}),
		NewRow(4, RowPart{128, FP8, 128, FloatScale}),
		PlainRow(F32, 80), PlainRow(BF16, 48),
	} {
		and, or := row.FillPattern()
		if len(and)%8 != 0 || len(and)%row.Bytes() != 0 || len(and) != len(or) {
			t.Fatalf("%s: period %d, %d bytes for rows of %d", row, len(and), len(or), row.Bytes())
		}
		data := make([]byte, len(and))
		for i := range data {
			data[i] = byte(Mix(uint64(i)))&and[i] | or[i]
		}
		x := make([]float32, row.N())
		for at := 0; at < len(data); at += row.Bytes() {
			row.Decode(x, data[at:at+row.Bytes()])
			var sum, squares float64
			for _, v := range x {
				sum, squares = sum+float64(v), squares+float64(v)*float64(v)
			}
			if n := float64(len(x)); !(squares/n > 0.1 && squares/n < 16 && math.Abs(sum/n) < 1) {
				t.Errorf("%s: mean %g, mean square %g", row, sum/n, squares/n)
			}
		}
	}
}
