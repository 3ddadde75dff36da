package matmul

import "moebench/kernels"

// Call is everything a kernel needs to multiply one or two neighbouring panels with one
// tile of rows: Y[(p*Tokens+t)*16 + r] = sum over k of W[p*16+r][k] * x[t][k], r = 0..15.
// It is a struct, not an argument list, so that all formats share one signature;
// assembly finds the fields by the offsets in go_asm.h.
type Call struct {
	W, S   []byte // codes and scales of the panels: see kernels.Matrix
	Y      []float32
	Panels int // 1 or 2
	Tokens int // 1..TileTokens
	K      int // padded columns

	// Streams is the number of equal segments of whole turns the columns are cut
	// into, to be read side by side (AVX2 kernels; the others read panels whole).
	Streams int

	X      []float32 // the tile of an Input in the format's form: see Input
	Q      []int8
	QScale []float32
	QStart []int32
	QMagic []int32

	// Prefetch tells how far ahead of the current line to fetch, in bytes;
	// 0 fetches the current line, which costs next to nothing.
	Near, Far int
	// Lines at or beyond address End, where the panels end, are fetched Jump bytes
	// further on: where the worker will read next. The stream never drains.
	End  uintptr
	Jump int
}

// Kernel multiplies the panels of a call with its tile.
type Kernel func(*Call)

// Each calls f with every panel of the call alone.
func (c *Call) Each(f Kernel) {
	w, s, y, n := c.W, c.S, c.Y, c.Panels
	c.Panels = 1
	for p := range n {
		c.W, c.S, c.Y = w[len(w)/n*p:][:len(w)/n], s[len(s)/n*p:][:len(s)/n], y[c.Tokens*kernels.PanelRows*p:]
		f(c)
	}
	c.W, c.S, c.Y, c.Panels = w, s, y, n
}

// each makes a kernel of one that multiplies a single panel.
func each(one Kernel) Kernel { return func(c *Call) { c.Each(one) } }

// sets has the kernels of every format, reference first.
var sets = [...]*kernels.Set[Kernel]{
	kernels.F32:   kernels.NewSet[Kernel]("matmul/f32", each(f32Ref)),
	kernels.BF16:  kernels.NewSet[Kernel]("matmul/bf16", each(bf16Ref)),
	kernels.F16:   kernels.NewSet[Kernel]("matmul/f16", each(f16Ref)),
	kernels.FP8:   kernels.NewSet[Kernel]("matmul/fp8", each(fp8Ref)),
	kernels.MXFP4: kernels.NewSet[Kernel]("matmul/mxfp4", each(mxfp4Ref)),
	kernels.INT8:  kernels.NewSet[Kernel]("matmul/int8", each(int8Ref)),
}

// quantise converts f32 blocks of 32 to int8: block b of x goes to slot
// b*stride of dst (32 codes a slot), scales and starts: see Input.
var quantise = kernels.NewSet("matmul/quantise", quantiseRef)

// KernelSet is the set of a format's kernels, for harnesses that compare,
// count or list them.
func KernelSet(f kernels.Format) *kernels.Set[Kernel] { return sets[f] }
