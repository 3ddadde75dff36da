package index

import (
	"moebench/kernels"
)

// tileRows is the number of rows decoded at once.
const tileRows = 32

// HeadTile is the number of heads that kernels score at once.
const HeadTile = 8

// Scratch is the working memory of one worker.
type Scratch struct {
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

// form chooses the one for rows of a format.
func (s *Scratch) form(f kernels.Format) form {
	switch f {
	case kernels.MXFP4:
		return &s.mxfp4
	case kernels.FP8:
		return formFP8.Best()(s)
	}
	return s.floats.of(f)
}

// formFP8 is f32, or bf16 where this multiplies faster.
var formFP8 = kernels.NewSet("index/form/fp8", func(s *Scratch) form { return s.floats.of(kernels.FP8) })

// Scores writes the scores of n rows to dst. rows holds them one after the other;
// q is [heads][dim], w [heads]. heads must be a multiple of HeadTile (pad with zero
// weights), dim of 8. Queries are rounded like the rows they meet where
// those have scales.
func Scores(s *Scratch, dst []float32, rows []byte, layout kernels.RowLayout, q, w []float32, n int) {
	size, form := layout.Bytes(), s.form(layout.Parts[0].Format)
	form.begin(q, w, layout.N())
	for at := 0; at < n; at += tileRows {
		left := n - at
		if left >= tileRows {
			form.score(dst[at:at+tileRows], rows[at*size:(at+tileRows)*size])
			continue
		}
		s.last, s.rows = kernels.Grow(s.last, tileRows), kernels.Grow(s.rows, tileRows*size)
		for j := range tileRows {
			from := at + min(j, left-1)
			copy(s.rows[j*size:(j+1)*size], rows[from*size:])
		}
		form.score(s.last[:left], s.rows) // writes a whole tile, of which left count
		copy(dst[at:n], s.last)
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
