package kernels

import (
	"encoding/binary"
	"math"
	"testing"
)

// TestCodes decodes and encodes every code of every format: encoding a decoded
// value gives the code back, and neighbours are ordered.
func TestCodes(t *testing.T) {
	for _, f := range []Format{BF16, F16, FP8, MXFP4, INT8} {
		for c := range uint32(1) << f.Bits() {
			x := f.Decode(c)
			if x != x {
				if back := f.Decode(f.Encode(x)); back == back {
					t.Fatalf("%s: NaN code %#x encodes as %g", f, c, back)
				}
				continue
			}
			if f == INT8 && c == 128 { // -128 is read, but never written
				continue
			}
			if got := f.Encode(x); got != c && x != 0 {
				t.Fatalf("%s: code %#x is %g, which encodes as %#x", f, c, x, got)
			}
		}
		if f.Decode(f.Encode(0)) != 0 {
			t.Errorf("%s: 0 encodes as %g", f, f.Decode(f.Encode(0)))
		}
	}
}

// TestRounding checks the midpoint between every two neighbouring positive
// values: it goes to the even code, and either side of it to the nearer value.
func TestRounding(t *testing.T) {
	last := map[Format]uint32{BF16: 0x7f7f, F16: 0x7bff, FP8: 0x7e, MXFP4: 7, INT8: 127}
	for f, top := range last {
		for c := uint32(0); c < top; c++ {
			a, b := float64(f.Decode(c)), float64(f.Decode(c+1))
			if !(a < b) {
				t.Fatalf("%s: codes %#x and %#x are %g and %g", f, c, c+1, a, b)
			}
			mid := float32((a + b) / 2)
			if float64(mid) != (a+b)/2 { // below the smallest f32
				continue
			}
			even := c + c&1
			for x, want := range map[float32]uint32{
				mid: even, math.Nextafter32(mid, 0): c, math.Nextafter32(mid, math.MaxFloat32): c + 1,
			} {
				if got := f.Encode(x); got != want {
					t.Fatalf("%s: %g between %#x and %#x encodes as %#x, want %#x", f, x, c, c+1, got, want)
				}
			}
		}
	}
}

// TestEncodeBF16: many at once get the codes of each, ties, NaN and infinity among them.
func TestEncodeBF16(t *testing.T) {
	var x []float32
	for high := range uint32(1 << 16) {
		for _, low := range []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff} {
			x = append(x, math.Float32frombits(high<<16|low))
		}
	}
	codes := make([]byte, 2*len(x)+1)
	EncodeBF16(codes, x)
	for i, v := range x {
		if got, want := binary.LittleEndian.Uint16(codes[2*i:]), uint16(BF16.Encode(v)); got != want {
			t.Fatalf("%x is encoded as %x, want %x", math.Float32bits(v), got, want)
		}
	}
}

func TestSaturation(t *testing.T) {
	inf := float32(math.Inf(1))
	for f, want := range map[Format]float32{FP8: 448, MXFP4: 6, INT8: 127} {
		for _, x := range []float32{want * 1.001, 1e30, inf} {
			if got := f.Decode(f.Encode(x)); got != want {
				t.Errorf("%s: %g becomes %g, want %g", f, x, got, want)
			}
			if got := f.Decode(f.Encode(-x)); got != -want {
				t.Errorf("%s: %g becomes %g, want %g", f, -x, got, -want)
			}
		}
	}
	for _, f := range []Format{F32, BF16, F16} {
		if got := f.Decode(f.Encode(inf)); got != inf {
			t.Errorf("%s: infinity becomes %g", f, got)
		}
	}
	if got := F16.Decode(F16.Encode(65519)); got != 65504 {
		t.Errorf("f16: 65519 becomes %g", got)
	}
	if got := F16.Decode(F16.Encode(65520)); got != inf {
		t.Errorf("f16: 65520 becomes %g", got)
	}
}

func TestScales(t *testing.T) {
	for e := -126; e < 127; e++ {
		x := float32(math.Ldexp(1, e))
		if got := ceilLog2(x); got != e {
			t.Errorf("ceilLog2(2^%d) = %d", e, got)
		}
		if got := ceilLog2(math.Nextafter32(x, math.MaxFloat32)); got != e+1 {
			t.Errorf("ceilLog2 just above 2^%d = %d", e, got)
		}
		if got := decodeUE8M0(byte(e + 127)); got != x {
			t.Errorf("scale code %d is %g, want %g", e+127, got, x)
		}
	}
	if s := decodeUE8M0(255); s == s {
		t.Errorf("scale code 255 is %g, want NaN", s)
	}
	for _, c := range []struct{ amax, top, want float32 }{{3.7, 448, 0.015625}, {3.7, 6, 1}, {6, 6, 1}, {6.01, 6, 2}, {0, 6, 1}} {
		if got := decodeUE8M0(powerScale(c.amax, c.top)); got != c.want {
			t.Errorf("scale of %g to %g is %g, want %g", c.amax, c.top, got, c.want)
		}
	}
	for _, x := range []float32{1, 1.001, 0.3, 1e-30, 100} {
		if got := decodeBF16(uint32(bf16Scale(x))); got < x || got > x*1.0079 {
			t.Errorf("bf16 scale of %g is %g, want it or a little more", x, got)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(f.String()); err != nil || got != f {
			t.Errorf("%s: %v %v", f, got, err)
		}
	}
	if _, err := ParseFormat("q4"); err == nil {
		t.Error("q4 is a format")
	}
}
