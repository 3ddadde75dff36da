package matmul

import (
	"moebench/hw"
	"moebench/kernels"
)

// Call is everything a kernel needs to multiply neighbouring panels, a pair of them or
// more, with one tile of rows: Y[(p*Tokens+t)*16 + r] = sum over k of W[p*16+r][k] * x[t][k],
// r = 0..15. A pair takes a few microseconds: a call for each would have memory wait as long as
// a fifth of that with few rows, and cost a twentieth with many.
// It is a struct, not an argument list, so that all formats share one signature;
// assembly finds the fields by the offsets in go_asm.h.
type Call struct {
	W      []byte // the panels, as the kernel wants them: see kernels.Matrix.Paired
	Rows   int    // of theirs that are the matrix's, the rest is padding
	Stride int    // bytes of a panel,
	Codes  int    // and of the scales before its first codes
	Y      []float32
	Done   int // bytes of Y that hold results of earlier pairs, while a kernel runs
	Tokens int // 1..TileTokens
	K      int // padded columns

	// Streams is the number of equal segments of whole turns the columns are cut
	// into, to be read side by side (AVX2 kernels; the others read panels whole).
	Streams int

	// The tile of an Input in the form the kernel reads; the others are nil.
	X      []float32
	B      []uint16
	Q      []int8
	QScale []float32
	QStart []int32
	QMagic []int32

	// How far ahead of the current line to fetch, in bytes (see Prefetch); 0 fetches the
	// current line, which costs next to nothing.
	Near, Far int
	// Lines at or beyond address End, where the panels end, are fetched Jump bytes
	// further on: where the worker will read next. The stream never drains.
	End  uintptr
	Jump int
}

// Pairs is how many pairs of panels there are.
func (c *Call) Pairs() int { return len(c.W) / (2 * c.Stride) }

// Kernel multiplies the panels of a call with its tile.
type Kernel struct {
	Run    func(*Call)
	Reads  kernels.Activation // the form of the rows it multiplies
	Paired bool               // the lines of the two panels of a pair alternate
}

// Instead is run in place of the kernel, for operands of the same form.
func (k Kernel) Instead(run func(*Call)) Kernel { return Kernel{run, k.Reads, k.Paired} }

// each makes a kernel of one that multiplies a single panel.
func each(one func(*Call)) func(*Call) {
	return func(c *Call) {
		w, y := c.W, c.Y
		for p := range len(w) / c.Stride {
			c.W, c.Y = w[c.Stride*p:][:c.Stride], y[c.Tokens*kernels.PanelRows*p:]
			one(c)
		}
		c.W, c.Y = w, y
	}
}

// fewOrMany makes a kernel of one for less than half a tile of rows and one for more.
func fewOrMany(few, many func(*Call)) func(*Call) {
	return func(c *Call) {
		if c.Tokens < halfTile {
			few(c)
		} else {
			many(c)
		}
	}
}

// sets has the kernels of every format, reference first.
var sets = [...]*kernels.Set[Kernel]{
	kernels.F32:   kernels.NewSet("matmul/f32", Kernel{Run: each(f32Ref), Reads: kernels.ActF32}),
	kernels.BF16:  kernels.NewSet("matmul/bf16", Kernel{Run: each(bf16Ref), Reads: kernels.ActBF16}),
	kernels.F16:   kernels.NewSet("matmul/f16", Kernel{Run: each(f16Ref), Reads: kernels.ActF32}),
	kernels.FP8:   kernels.NewSet("matmul/fp8", Kernel{Run: each(fp8Ref), Reads: kernels.ActBF16}),
	kernels.MXFP4: kernels.NewSet("matmul/mxfp4", Kernel{Run: each(mxfp4Ref), Reads: kernels.ActInt8}),
	kernels.INT8:  kernels.NewSet("matmul/int8", Kernel{Run: each(int8Ref), Reads: kernels.ActInt8}),
}

// Where the bf16 dot product is not fast, f32 rows cost no more than rounded ones.
func init() {
	sets[kernels.BF16].Add(hw.Generic, Kernel{Run: each(bf16Ref), Reads: kernels.ActF32})
	sets[kernels.FP8].Add(hw.Generic, Kernel{Run: each(fp8Ref), Reads: kernels.ActF32Up})
}

// quantise converts f32 blocks of 32 to int8: block b of x goes to slot
// b*stride of dst (32 codes a slot), scales and starts: see Input.
var quantise = kernels.NewSet("matmul/quantise", quantiseRef)

// round converts f32 blocks of 16 to bf16: block b of x goes to slot b*stride of dst.
var round = kernels.NewSet("matmul/round", roundRef)

// spread copies results of a call, panels of 16 for each of n tokens, in pairs, to where they
// belong: those of a token side by side, of the next one stride elements further on.
var spread = kernels.NewSet("matmul/spread", spreadRef)

// spreadPast is spread for whole cache lines that are not read soon: they go past the caches,
// without being fetched before. fence ends a row of such calls.
var spreadPast = kernels.NewSet("matmul/spread-past", spreadRef)

// addBias adds biases to results of a call, those of pairs of panels to each of n tokens.
var addBias = kernels.NewSet("matmul/add-bias", addBiasRef)

// Activation is the form in which the kernels in use read rows for weights of a format.
func Activation(f kernels.Format) kernels.Activation { return sets[f].Best().Reads }

// KernelSet is the set of a format's kernels, for harnesses that compare,
// count or list them.
func KernelSet(f kernels.Format) *kernels.Set[Kernel] { return sets[f] }
