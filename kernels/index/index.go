package index

import (
	"moebench/kernels"
)

// tileRows is the number of rows decoded at once.
const tileRows = 32

// Scratch is the working memory of one worker.
type Scratch struct {
	tile []float32 // [dim][tileRows]
	last []float32 // [tileRows]: the scores of a tile that is not full
	rows []byte    // such a tile, filled up with copies of its last row
}

// Scores writes the scores of n rows to dst. rows holds them one after the other;
// q is [heads][dim], w [heads]. heads must be a multiple of 4 (pad with zero
// weights), dim of 8.
func Scores(s *Scratch, dst []float32, rows []byte, layout kernels.RowLayout, q, w []float32, n int) {
	size, dim := layout.Bytes(), layout.N()
	s.tile, s.last = kernels.Grow(s.tile, dim*tileRows), kernels.Grow(s.last, tileRows)
	load, score := loads[layout.Parts[0].Format].Best(), scores.Best()
	for at := 0; at < n; at += tileRows {
		left := n - at
		if left >= tileRows {
			load(s.tile, rows[at*size:(at+tileRows)*size], size, dim)
			score(dst[at:at+tileRows], s.tile, q, w)
			continue
		}
		s.rows = kernels.Grow(s.rows, tileRows*size)
		for j := range tileRows {
			from := at + min(j, left-1)
			copy(s.rows[j*size:(j+1)*size], rows[from*size:])
		}
		load(s.tile, s.rows[:tileRows*size], size, dim)
		score(s.last[:left], s.tile, q, w) // writes a whole tile, of which left count
		copy(dst[at:n], s.last)
	}
}

// loadFunc decodes tileRows rows of size bytes into tile [dim][tileRows].
type loadFunc func(tile []float32, rows []byte, size, dim int)

var loads = map[kernels.Format]*kernels.Set[loadFunc]{
	kernels.F32:   kernels.NewSet[loadFunc]("index/load/f32", reference(kernels.F32, 0, kernels.NoScale)),
	kernels.BF16:  kernels.NewSet[loadFunc]("index/load/bf16", reference(kernels.BF16, 0, kernels.NoScale)),
	kernels.FP8:   kernels.NewSet[loadFunc]("index/load/fp8", reference(kernels.FP8, 0, kernels.FloatScale)),
	kernels.MXFP4: kernels.NewSet[loadFunc]("index/load/mxfp4", reference(kernels.MXFP4, kernels.QuantBlock, kernels.PowerScale)),
}

// Layout is the row of an indexer key of dim elements in a format; FP8 and MXFP4
// are those of V3.2 (132 bytes at 128) and V4 (68).
func Layout(f kernels.Format, dim int) kernels.RowLayout {
	switch f {
	case kernels.FP8:
		return kernels.RowLayout{Align: 4, Parts: [2]kernels.RowPart{{N: dim, Format: f, Block: dim, Scale: kernels.FloatScale}}}
	case kernels.MXFP4:
		return kernels.RowLayout{Align: 4, Parts: [2]kernels.RowPart{{N: dim, Format: f, Block: kernels.QuantBlock, Scale: kernels.PowerScale}}}
	}
	return kernels.PlainRow(f, dim)
}

func reference(f kernels.Format, block int, scale kernels.ScaleKind) loadFunc {
	return func(tile []float32, rows []byte, size, dim int) {
		p := kernels.RowPart{N: dim, Format: f, Block: max(block, 1), Scale: scale}
		if scale == kernels.FloatScale {
			p.Block = dim
		}
		var buffer [256]float32
		for j := range tileRows {
			row := rows[j*size:]
			s := p.Scales(buffer[:], row[p.Codes():])
			for i := range dim {
				v := f.Decode(p.At(row, i))
				if scale != kernels.NoScale {
					v *= s[i/p.Block]
				}
				tile[i*tileRows+j] = v
			}
		}
	}
}

// ScoreFunc computes s[j] for the rows of a tile; len(w) is a multiple of 4 and
// len(q) = len(w) * dim. s has room for a whole tile, even where it is shorter.
type ScoreFunc func(s, tile, q, w []float32)

var scores = kernels.NewSet[ScoreFunc]("index/scores", scoresRef)

func scoresRef(s, tile, q, w []float32) {
	dim := len(tile) / tileRows
	for j := range s {
		s[j] = 0
		for h, weight := range w {
			var dot float32
			for i, x := range q[h*dim : (h+1)*dim] {
				dot += x * tile[i*tileRows+j]
			}
			s[j] += weight * max(dot, 0)
		}
	}
}

// KernelSet is the variants of scoring a tile, for tests that count work.
func KernelSet() *kernels.Set[ScoreFunc] { return scores }
