package kernels

import (
	"encoding/binary"
	"math"
)

// This file holds the element encodings: how one weight or scale becomes bits.
// Rounding is to nearest, ties to even, everywhere.

// roundEven rounds a value whose integers are exact (|x| < 2^23 here).
func roundEven(x float32) float32 { return float32(math.RoundToEven(float64(x))) }

func decodeF32(c uint32) float32 { return math.Float32frombits(c) }
func encodeF32(x float32) uint32 { return math.Float32bits(x) }

func decodeBF16(c uint32) float32 { return math.Float32frombits(c << 16) }

// encodeBF16 keeps the upper half of an f32. NaN stays NaN: the carry of the
// rounding could otherwise turn it into infinity.
func encodeBF16(x float32) uint32 {
	b := math.Float32bits(x)
	if x != x {
		return b>>16 | 0x40
	}
	return (b + 0x7fff + b>>16&1) >> 16
}

// EncodeBF16 stores the codes of x, those of BF16.Encode, without a call for each.
func EncodeBF16(dst []byte, x []float32) {
	dst = dst[:2*len(x)]
	for i, v := range x {
		binary.LittleEndian.PutUint16(dst[2*i:], uint16(encodeBF16(v)))
	}
}

// decodeSmall decodes a float of 1 sign bit, eBits exponent bits with IEEE bias
// and mBits mantissa bits, all codes taken as finite.
func decodeSmall(c uint32, eBits, mBits int) float32 {
	bias := 1<<(eBits-1) - 1
	e := int(c >> mBits & (1<<eBits - 1))
	m := float64(c & (1<<mBits - 1))
	v := math.Ldexp(m, 1-bias-mBits) // subnormal
	if e > 0 {
		v = math.Ldexp(m+math.Ldexp(1, mBits), e-bias-mBits)
	}
	if c>>(eBits+mBits)&1 == 1 {
		v = -v
	}
	return float32(v)
}

// encodeSmall is the inverse of decodeSmall: the code of the nearest value,
// magnitudes beyond top saturating at top. It works on the bits of x: rows of a
// cache are encoded as they are computed.
func encodeSmall(x float32, eBits, mBits int, top float32) uint32 {
	bias := 1<<(eBits-1) - 1
	sign := math.Float32bits(x) >> 31 << (eBits + mBits)
	a := min(float32(math.Abs(float64(x))), top)
	bits := math.Float32bits(a)
	if int(bits>>23) <= 127-bias {
		// Subnormal: a count of the smallest step. Adding 2^23 rounds it to a whole
		// number, ties to even; 2^mBits of them are the first normal code.
		const whole = 1 << 23
		steps := a*math.Float32frombits(uint32(127+bias-1+mBits)<<23) + whole
		return sign | math.Float32bits(steps)&(whole-1)
	}
	// Normal: drop mantissa bits, rounding half to even; a carry raises the exponent.
	drop := 23 - mBits
	bits += 1<<(drop-1) - 1 + bits>>drop&1
	return sign | (bits>>drop - uint32(127-bias)<<mBits)
}

// F16: 5 exponent bits, 10 mantissa bits, infinities and NaN.
func decodeF16(c uint32) float32 {
	if c>>10&31 == 31 {
		return math.Float32frombits(c>>15<<31 | 0xff<<23 | c&1023<<13)
	}
	return decodeSmall(c, 5, 10)
}

func encodeF16(x float32) uint32 {
	sign := math.Float32bits(x) >> 31 << 15
	switch {
	case x != x:
		return sign | 0x7e00
	case math.Abs(float64(x)) >= 65520: // the tie between 65504 and 65536 rounds to the even one
		return sign | 0x7c00
	}
	return encodeSmall(x, 5, 10, 65504)
}

// E4M3 ("fn"): 4 exponent bits, 3 mantissa bits, largest value 448, no
// infinities; only the all-ones magnitude is NaN.
const (
	maxE4M3 = 448
	nanE4M3 = 0x7f
)

func decodeE4M3(c uint32) float32 {
	if c&0x7f == nanE4M3 {
		return float32(math.NaN())
	}
	return decodeSmall(c, 4, 3)
}

// FP8AsBF16 are the upper and the lower bytes of what FP8's codes from 0 on are in bf16, exactly.
func FP8AsBF16() (high, low [128]byte) {
	for c := range high {
		b := BF16.Encode(FP8.Decode(uint32(c)))
		high[c], low[c] = byte(b>>8), byte(b)
	}
	return high, low
}

func encodeE4M3(x float32) uint32 {
	if x != x {
		return nanE4M3
	}
	return encodeSmall(x, 4, 3, maxE4M3)
}

// E2M1: 0, .5, 1, 1.5, 2, 3, 4, 6 and their negatives. There is no NaN: it
// encodes as the largest magnitude, so that it is at least conspicuous.
const maxE2M1 = 6

func decodeE2M1(c uint32) float32 { return decodeSmall(c, 2, 1) }

func encodeE2M1(x float32) uint32 {
	if x != x {
		x = maxE2M1
	}
	return encodeSmall(x, 2, 1, maxE2M1)
}

func decodeInt8(c uint32) float32 { return float32(int8(c)) }

// encodeInt8 stays within +-127; NaN encodes as 127.
func encodeInt8(x float32) uint32 {
	if x != x {
		x = 127
	}
	return uint32(uint8(int8(roundEven(min(max(x, -127), 127)))))
}

// at is code i of those that lie one after the other, as in rows: of four bits, two a byte.
func (f Format) at(codes []byte, i int) uint32 {
	switch f.Bits() {
	case 32:
		return binary.LittleEndian.Uint32(codes[4*i:])
	case 16:
		return uint32(binary.LittleEndian.Uint16(codes[2*i:]))
	case 8:
		return uint32(codes[i])
	default:
		return uint32(codes[i/2]) >> (i % 2 * 4) & 15
	}
}

// put is the inverse of at.
func (f Format) put(codes []byte, i int, c uint32) {
	switch f.Bits() {
	case 32:
		binary.LittleEndian.PutUint32(codes[4*i:], c)
	case 16:
		binary.LittleEndian.PutUint16(codes[2*i:], uint16(c))
	case 8:
		codes[i] = byte(c)
	default:
		shift := i % 2 * 4
		codes[i/2] = codes[i/2]&^(15<<shift) | byte(c)<<shift
	}
}

// decodeUE8M0 is a scale of 8 exponent bits: 2^(c-127). Code 255 is NaN.
func decodeUE8M0(c byte) float32 {
	if c == 255 {
		return float32(math.NaN())
	}
	return float32(math.Ldexp(1, int(c)-127))
}

// ceilLog2 is the smallest e with 2^e >= x > 0, read from the bits: math.Log2
// may round past an exact power of two.
func ceilLog2(x float32) int {
	fraction, e := math.Frexp(float64(x))
	if fraction == 0.5 {
		return e - 1
	}
	return e
}

// powerScale is the smallest power of two that brings amax to at most top, as
// a ue8m0 code (deepseek scale_fmt "ue8m0"). An all-zero block takes scale 1, one with NaN or
// Inf the code of NaN.
func powerScale(amax, top float32) byte {
	switch {
	case amax == 0:
		return 127
	case !(amax <= math.MaxFloat32):
		return 255
	}
	return byte(min(max(ceilLog2(amax/top)+127, 1), 254))
}

// bf16Scale is the smallest BF16 value >= x, so that codes made with it stay in range.
func bf16Scale(x float32) uint16 {
	b := math.Float32bits(x)
	return uint16((b + 0xffff) >> 16)
}
