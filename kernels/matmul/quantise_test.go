package matmul

import (
	"math"
	"slices"
	"testing"

	"moebench/kernels"
)

// TestQuantise compares every variant with the reference, bit by bit, on
// ordinary, extreme and broken blocks and with every stride a tile has.
func TestQuantise(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	var x []float32
	add := func(f func(i int) float32) {
		for i := range kernels.QuantBlock {
			x = append(x, f(i))
		}
	}
	state := uint32(5)
	random := func(int) float32 {
		state = state*1664525 + 1013904223
		return float32(int32(state)) / (1 << 28)
	}
	for range 50 {
		add(random)
	}
	add(func(int) float32 { return 0 })
	add(func(i int) float32 { return float32(i) - 16 })
	add(func(i int) float32 { return 1e-45 * float32(i) })                   // scale underflows
	add(func(i int) float32 { return 0x1p-126 * 127 * float32(i%2) })        // smallest scale that does not
	add(func(i int) float32 { return math.MaxFloat32 * float32(i-16) / 16 }) // largest
	add(func(i int) float32 { return float32(i) + 0.5 })                     // ties at some scales
	add(func(i int) float32 { return []float32{1, inf}[i/31] })
	add(func(i int) float32 { return []float32{nan, 1}[min(i, 1)] })
	add(func(i int) float32 { return []float32{nan, inf}[i%2] })
	add(func(i int) float32 { return float32(i%2*2-1) * 3 })
	blocks := len(x) / kernels.QuantBlock
	for stride := 1; stride <= TileTokens; stride++ {
		run := func(f func([]int8, []float32, []int32, []int32, []float32, int)) ([]int8, []float32, []int32, []int32) {
			q, s := make([]int8, len(x)*stride+64), make([]float32, blocks*stride+16)
			starts, magics := make([]int32, blocks*stride+16), make([]int32, blocks*stride+16)
			for i := range q {
				q[i] = 99
			}
			f(q, s, starts, magics, x, stride)
			return q, s, starts, magics
		}
		wantQ, wantS, wantStarts, wantMagics := run(quantiseRef)
		for _, v := range quantise.Variants() {
			q, s, starts, magics := run(v.Func)
			for i := range s {
				if math.Float32bits(s[i]) != math.Float32bits(wantS[i]) && !(s[i] != s[i] && wantS[i] != wantS[i]) {
					t.Errorf("%s stride %d: scale %d is %g, want %g", v.ISA, stride, i, s[i], wantS[i])
				}
			}
			if !slices.Equal(q, wantQ) || !slices.Equal(starts, wantStarts) || !slices.Equal(magics, wantMagics) {
				t.Errorf("%s stride %d: codes or starts differ", v.ISA, stride)
			}
		}
	}
}

// TestRound compares every variant with the reference, bit by bit: all kinds of upper
// halves, and lower ones around the tie.
func TestRound(t *testing.T) {
	var x []float32
	for upper := range uint32(1 << 16) {
		for _, lower := range []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff} {
			x = append(x, math.Float32frombits(upper<<16|lower))
		}
	}
	for stride := 1; stride <= TileTokens; stride++ {
		if stride > 1 {
			x = x[:128]
		}
		want := make([]uint16, len(x)*stride)
		roundRef(want, x, stride)
		for _, v := range round.Variants() {
			got := make([]uint16, len(x)*stride)
			v.Func(got, x, stride)
			for i, w := range want {
				if g := got[i]; g != w {
					t.Fatalf("%s stride %d: element %d is %#x, want %#x", v.ISA, stride, i, g, w)
				}
			}
		}
	}
}

// TestQuantiseBound: a code is at most half a step, s/2, from its value; the
// division, the product and the rounding of the scale add a few 2^-24.
func TestQuantiseBound(t *testing.T) {
	x := make([]float32, 1000)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)*1.7)) * float32(i%97)
	}
	var in Input
	in.Reset(x, 100, 100, nil, 10)
	in.Set(kernels.INT8)
	for tok := range 10 {
		for k := range 100 {
			want := float64(x[tok*100+k])
			slot := 0.0
			for i := k / 32 * 32; i < min(k/32*32+32, 100); i++ {
				slot = max(slot, math.Abs(float64(x[tok*100+i])))
			}
			if got := in.value(tok, k, kernels.ActInt8); math.Abs(got-want) > slot/127*(0.5+127*0x1p-22) {
				t.Errorf("token %d element %d: %g, want %g within half of %g", tok, k, got, want, slot/127)
			}
		}
	}
}

// TestFinerThanFP8: int8 per 32, which kernels of 4 and 8 bits read, is closer to
// the activations than what DeepSeek ships with, e4m3 per 128 with a power-of-two
// scale: for normal values, and with one outlier in 128.
func TestFinerThanFP8(t *testing.T) {
	const n = 1024
	shipped := kernels.NewRow(1, kernels.RowPart{N: n, Format: kernels.FP8, Block: 128, Scale: kernels.PowerScale})
	for _, outlier := range []float32{1, 20} {
		x := make([]float32, n)
		for i := range x {
			for j := range 12 { // a sum of uniforms is nearly normal
				x[i] += float32(kernels.Mix(uint64(i*12+j))>>40)/(1<<24) - 0.5
			}
			if i%128 == 0 {
				x[i] *= outlier
			}
		}
		var in Input
		in.Reset(x, n, n, nil, 1)
		in.Set(kernels.INT8)
		fp8 := append([]float32(nil), x...)
		shipped.RoundTrip(fp8, make([]byte, shipped.Bytes()))
		var a, b float64
		for i, v := range x {
			ours := float64(in.Q[i]) * float64(in.QScale[i/kernels.QuantBlock])
			a += (ours - float64(v)) * (ours - float64(v))
			b += (float64(fp8[i]) - float64(v)) * (float64(fp8[i]) - float64(v))
		}
		if !(a < b) || a == 0 {
			t.Errorf("outlier %g: squared error %.3g of int8, %.3g of e4m3", outlier, a, b)
		}
	}
}

// TestStarts: a start is -16 times the sums of the codes that are added in 16 bits, and
// the largest codes there are do not overflow it; the one of 32 bits is as a float what it
// stands for.
func TestStarts(t *testing.T) {
	for _, sign := range []float32{1, -1} {
		x := make([]float32, kernels.QuantBlock)
		for i := range x {
			x[i] = sign * float32(i/2%2*127)
		}
		var in Input
		in.Reset(x, len(x), len(x), nil, 1)
		in.Set(kernels.INT8)
		want := int32(-16*16*127*sign) << 16
		if in.QStart[0] != want {
			t.Errorf("starts are %#x, want %#x", in.QStart[0], want)
		}
		if got, want := math.Float32frombits(uint32(in.QMagic[0])), 1.5*(1<<23)-128*16*127*sign; got != want {
			t.Errorf("sums of 32 bits begin at %g, want %g", got, want)
		}
	}
}
