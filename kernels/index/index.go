package index

import (
	"moebench/kernels"
)

// tileRows is the number of rows decoded at once.
const tileRows = 32

// HeadTile is the number of heads that kernels score at once.
const HeadTile = 8

// Scratch is the working memory of one worker, and the queries it scores rows for.
type Scratch struct {
	form   form
	size   int       // bytes of a row
	last   []float32 // [tileRows]: the scores of a tile that is not full
	rows   []byte    // such a tile, filled up with copies of its last row
	floats floats
	pairs  pairs
	mxfp4  mxfp4
}

// form is what rows are turned into to be scored, and the queries with them.
type form interface {
	// begin takes heads queries of dim elements, and their weights.
	begin(q, w []float32, dim int)
	// score scores a tile of rows.
	score(dst []float32, rows []byte)
}

// formFP8 is f32, or bf16 where this multiplies faster.
var formFP8 = kernels.NewSet("index/form/fp8", func(s *Scratch) form { return s.floats.of(kernels.FP8) })

// Begin takes queries for rows of a layout: q is [heads][dim], w [heads]. heads must be a
// multiple of HeadTile (pad with zero weights), dim of 8. Queries are rounded like the
// rows they meet where those have scales; q and w must stay as they are while rows
// are scored.
func (s *Scratch) Begin(layout kernels.RowLayout, q, w []float32) {
	s.size = layout.Bytes()
	switch f := layout.Parts[0].Format; f {
	case kernels.MXFP4:
		s.form = &s.mxfp4
	case kernels.FP8:
		s.form = formFP8.Best()(s)
	default:
		s.form = s.floats.of(f)
	}
	s.form.begin(q, w, layout.N())
}

// Scores writes the scores of as many rows as dst is long, one after the other in rows.
func (s *Scratch) Scores(dst []float32, rows []byte) {
	for at := 0; at < len(dst); at += tileRows {
		left := len(dst) - at
		if left >= tileRows {
			s.form.score(dst[at:at+tileRows], rows[at*s.size:(at+tileRows)*s.size])
			continue
		}
		s.last, s.rows = kernels.Grow(s.last, tileRows), kernels.Grow(s.rows, tileRows*s.size)
		for j := range tileRows {
			from := at + min(j, left-1)
			copy(s.rows[j*s.size:(j+1)*s.size], rows[from*s.size:])
		}
		s.form.score(s.last[:left], s.rows) // writes a whole tile, of which left count
		copy(dst[at:], s.last)
	}
}

// Layout is the row of an indexer key of dim elements in a format; FP8 and MXFP4
// are those of V3.2 (132 bytes at 128) and V4 (68).
func Layout(f kernels.Format, dim int) kernels.RowLayout {
	switch f {
	case kernels.FP8:
		return kernels.NewRow(4, kernels.RowPart{N: dim, Format: f, Block: dim, Scale: kernels.FloatScale})
	case kernels.MXFP4:
		return kernels.NewRow(4, kernels.RowPart{N: dim, Format: f, Block: kernels.QuantBlock, Scale: kernels.PowerScale})
	}
	return kernels.PlainRow(f, dim)
}

// KernelSets are the variants of scoring a tile of every form, for tests that count work.
func KernelSets() (*kernels.Set[ScoreFunc], *kernels.Set[PairsFunc], *kernels.Set[MXFP4Func]) {
	return scores, scoresPairs, scoresMXFP4
}
