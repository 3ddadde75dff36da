package attention

import (
	"moebench/kernels"
	"moebench/kernels/vec"
)

// compressor makes one cache row of every Ratio tokens (DeepSeek V4). Every token
// gives values c and logits g; a row is, channel by channel, the softmax-weighted
// sum of the values of its window, normed and rotated. With overlap a row also
// takes the window before: each token then has two halves of channels, the first
// for the row after its own and the second for its own.
type compressor struct {
	ratio, dim int
	overlap    bool
	eps        float32
	rope       *vec.RopeTable
	ape, norm  []float32 // [ratio][width], [dim]
}

// width is the number of channels of a token.
func (c *compressor) width() int {
	if c.overlap {
		return 2 * c.dim
	}
	return c.dim
}

// slots is the number of tokens a row is made of.
func (c *compressor) slots() int {
	if c.overlap {
		return 2 * c.ratio
	}
	return c.ratio
}

// compressorState holds the last tokens of a sequence: [slots][width] values and
// logits in f32, token t in slot t % slots.
type compressorState struct{ c, g []float32 }

func newCompressorState(alloc Alloc, c compressor) compressorState {
	n := int64(c.slots() * c.width() * 4)
	return compressorState{kernels.Floats(alloc(n)), kernels.Floats(alloc(n))}
}

// push adds token pos, with values and logits [width]. When it completes a window
// the new row is in row [dim], normed and rotated.
func (c *compressor) push(s compressorState, scratch *[]float32, row []float32, pos int, values, logits, angles []float32) bool {
	width, slot := c.width(), pos%c.slots()*c.width()
	copy(s.c[slot:slot+width], values)
	copy(s.g[slot:slot+width], logits)
	vec.Add(s.g[slot:slot+width], c.ape[pos%c.ratio*width:][:width])
	if (pos+1)%c.ratio != 0 {
		return false
	}
	if c.overlap {
		c.poolOverlapping(s, scratch, row, pos)
	} else {
		vec.Pool(row, s.c, s.g, c.ratio)
	}
	vec.RMSNorm(row, row, c.norm, c.eps)
	// A row stands at the first token of its own window.
	c.rope.Angles(angles, pos+1-c.ratio)
	c.rope.Rotate(row[c.dim-len(angles):], angles, false)
	return true
}

// poolOverlapping gathers the first halves of the window before (there is none
// before the first) and the second halves of this one.
func (c *compressor) poolOverlapping(s compressorState, scratch *[]float32, row []float32, pos int) {
	*scratch = kernels.Grow(*scratch, 2*c.slots()*c.dim)
	values, logits := (*scratch)[:c.slots()*c.dim], (*scratch)[c.slots()*c.dim:]
	n := 0
	for t := max(0, pos+1-2*c.ratio); t <= pos; t++ {
		at := t % c.slots() * c.width()
		if t > pos-c.ratio {
			at += c.dim
		}
		copy(values[n*c.dim:(n+1)*c.dim], s.c[at:])
		copy(logits[n*c.dim:(n+1)*c.dim], s.g[at:])
		n++
	}
	vec.Pool(row, values, logits, n)
}
