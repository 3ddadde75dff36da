package matmul

import (
	"encoding/binary"
	"math"

	"moebench/kernels"
)

// The references: plain loops over the panel layouts of kernels.Matrix. Float
// formats multiply rows of f32, as they are, or of bf16 and add up 16 columns at a time;
// the quantised ones (MXFP4, INT8) multiply int8 rows exactly in integers,
// block by block of 32 columns, and scale the sums.

// columns are 16 consecutive columns of a panel: [k][row].
type columns [groupCols][kernels.PanelRows]float32

func f32Ref(c *Call) {
	var w columns
	c.clear()
	for k := 0; k < c.K; k += groupCols {
		line := c.W[k*64:]
		for i := range w {
			for r := range w[i] {
				w[i][r] = math.Float32frombits(binary.LittleEndian.Uint32(line[i*64+r*4:]))
			}
		}
		c.addFloat(&w, k, 1)
	}
}

func bf16Ref(c *Call) {
	var w columns
	c.clear()
	for k := 0; k < c.K; k += groupCols {
		line := c.W[k*32:]
		for i := 0; i < groupCols; i += 2 {
			for r := range w[i] {
				pair := binary.LittleEndian.Uint32(line[i*32+r*4:])
				w[i][r] = math.Float32frombits(pair << 16)
				w[i+1][r] = math.Float32frombits(pair &^ 0xffff)
			}
		}
		c.addFloat(&w, k, 1)
	}
}

func f16Ref(c *Call) {
	var w columns
	c.clear()
	for k := 0; k < c.K; k += groupCols {
		line := c.W[k*32:]
		for i := range w {
			for r := range w[i] {
				w[i][r] = kernels.F16.Decode(uint32(binary.LittleEndian.Uint16(line[i*32+r*2:])))
			}
		}
		c.addFloat(&w, k, 1)
	}
}

// e4m3 is the value of every FP8 code.
var e4m3 = func() (table [256]float32) {
	for c := range table {
		table[c] = kernels.FP8.Decode(uint32(c))
	}
	return table
}()

func fp8Ref(c *Call) {
	var w columns
	c.clear()
	for k := 0; k < c.K; k += groupCols {
		line := c.W[c.Codes+k*16:]
		for i := range w {
			for r := range w[i] {
				w[i][r] = e4m3[line[i/4*64+i%2*32+r*2+i/2%2]]
			}
		}
		scale := math.Float32frombits(binary.LittleEndian.Uint32(c.W[k/kernels.FP8Block*4:]))
		if c.B == nil { // ActF32Up
			scale /= kernels.F32Up
		}
		c.addFloat(&w, k, scale)
	}
}

// clear zeroes the results: kernels add to them.
func (c *Call) clear() {
	for t := range c.Tokens {
		clear(c.Y[t*kernels.PanelRows:][:kernels.PanelRows])
	}
}

// addFloat adds scale * (the product of 16 columns with the tile) to Y.
func (c *Call) addFloat(w *columns, k int, scale float32) {
	for t := range c.Tokens {
		var sum [kernels.PanelRows]float32
		x := c.row(k*c.Tokens + t*groupCols)
		for i := range w {
			for r := range sum {
				sum[r] += w[i][r] * x[i]
			}
		}
		y := c.Y[t*kernels.PanelRows:][:kernels.PanelRows]
		for r := range sum {
			y[r] += scale * sum[r]
		}
	}
}

// row is 16 columns of a row, in either form.
func (c *Call) row(at int) (x [groupCols]float32) {
	if c.B == nil {
		return [groupCols]float32(c.X[at:])
	}
	for i, b := range c.B[at:][:groupCols] {
		x[i] = math.Float32frombits(uint32(b) << 16)
	}
	return x
}

// block is 32 consecutive columns of a panel as integers: [k][row].
type block [kernels.QuantBlock][kernels.PanelRows]int8

func int8Ref(c *Call) {
	var w block
	var scale [kernels.PanelRows]float32
	c.clear()
	for b := range c.K / kernels.QuantBlock {
		group := c.W[b/2*(64+2*512):] // of two blocks, scales first
		scales, line := group[b%2*32:], group[64+b%2*512:]
		for k := range w {
			for r := range w[k] {
				w[k][r] = int8(line[k/4*64+r*4+k%4])
			}
		}
		for r := range scale {
			code := binary.LittleEndian.Uint16(scales[r*2:])
			scale[r] = math.Float32frombits(uint32(code) << 16)
		}
		c.addInt8(&w, b, &scale)
	}
}

// e2m1 is twice the value of every FP4 code: an integer.
var e2m1 = func() (table [16]int8) {
	for c := range table {
		table[c] = int8(2 * kernels.MXFP4.Decode(uint32(c)))
	}
	return table
}()

// mxfp4Ref reads scale code 0 as zero: 2^-127 is below the smallest normal f32.
func mxfp4Ref(c *Call) {
	var w block
	var scale [kernels.PanelRows]float32
	c.clear()
	for b := range c.K / kernels.QuantBlock {
		group := c.W[b/4*(64+4*256):] // of four blocks, scales first
		scales, line := group[b%4*16:], group[64+b%4*256:]
		for k := range w {
			for r := range w[k] {
				w[k][r] = e2m1[line[k/8*64+r*4+k%4]>>(k/4%2*4)&15]
			}
		}
		for r := range scale {
			scale[r] = math.Float32frombits(uint32(scales[r])<<23) / 2
		}
		c.addInt8(&w, b, &scale)
	}
}

// addInt8 adds the product of block b with the tile to Y.
func (c *Call) addInt8(w *block, b int, scale *[kernels.PanelRows]float32) {
	for t := range c.Tokens {
		var sum [kernels.PanelRows]int32
		slot := b*c.Tokens + t
		q := c.Q[slot*kernels.QuantBlock:][:kernels.QuantBlock]
		for k := range w {
			for r := range sum {
				sum[r] += int32(w[k][r]) * int32(q[k])
			}
		}
		y := c.Y[t*kernels.PanelRows:][:kernels.PanelRows]
		for r := range sum {
			y[r] += float32(sum[r]) * scale[r] * c.QScale[slot]
		}
	}
}

// roundRef rounds to nearest even. Denormal values become zero, as the instruction for it
// has it; NaN stays NaN.
func roundRef(dst []uint16, x []float32, stride int) {
	for i, v := range x {
		if math.Abs(float64(v)) < 0x1p-126 {
			v = float32(math.Copysign(0, float64(v)))
		}
		dst[i/groupCols*stride*groupCols+i%groupCols] = uint16(kernels.BF16.Encode(v))
	}
}

// spreadRef copies the results of a panel as a value: for two slices, which may overlap, the
// compiler calls a function.
func spreadRef(y []float32, stride int, results []float32, n int) {
	for at := 0; at < len(results)/n; at += kernels.PanelRows {
		for t := range n {
			whole := [kernels.PanelRows]float32(results[at*n+t*kernels.PanelRows:])
			*(*[kernels.PanelRows]float32)(y[t*stride+at:]) = whole
		}
	}
}

// addBiasRef takes any number of biases: of the last panels of a matrix only some rows may exist.
func addBiasRef(results, bias []float32, n int) {
	for i, b := range bias {
		at := i/kernels.PanelRows*n*kernels.PanelRows + i%kernels.PanelRows
		for t := range n {
			results[at+t*kernels.PanelRows] += b
		}
	}
}

// spreadSome is spread for the last panels of a matrix, of which only some rows exist.
func spreadSome(y []float32, stride int, results []float32, n, rows int) {
	for at := 0; at < rows; at += kernels.PanelRows {
		for t := range n {
			copy(y[t*stride+at:][:min(kernels.PanelRows, rows-at)], results[at*n+t*kernels.PanelRows:])
		}
	}
}

// magic is 1.5 * 2^23 in the bits of an f32: adding an integer below 2^22 to the bits adds it
// to the number, so that a sum of integers that begins there ends as magic + sum in f32.
const magic = 0x4b400000

// quantiseRef rounds to nearest even. A block of zeros, or one so small that
// its scale is not a normal number, gets scale 0 and codes 0. Blocks with NaN
// or infinity get a NaN scale: the damage shows in every result it touches.
func quantiseRef(dst []int8, scales []float32, starts, magics []int32, x []float32, stride int) {
	for b := 0; b < len(x)/kernels.QuantBlock; b++ {
		in := x[b*kernels.QuantBlock:][:kernels.QuantBlock]
		out := dst[b*stride*kernels.QuantBlock:][:kernels.QuantBlock]
		var top float32
		for _, v := range in {
			top = max(top, v, -v) // max keeps NaN
		}
		scale, inverse := top/127, 127/top
		if scale < 0x1p-126 {
			scale, inverse = 0, 0
		} else if !(top <= math.MaxFloat32) {
			scale, inverse = float32(math.NaN()), 0
		}
		var sums [2]int32
		for i, v := range in {
			q := int32(0)
			if inverse != 0 {
				q = int32(math.RoundToEven(float64(v * inverse)))
			}
			out[i] = int8(q)
			sums[i/2%2] += q
		}
		scales[b*stride], starts[b*stride] = scale, -16*sums[1]<<16|-16*sums[0]&0xffff
		magics[b*stride] = magic - 128*(sums[0]+sums[1])
	}
}
