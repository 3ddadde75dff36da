package index

import (
	"moebench/kernels"
)

// tileRows is the number of rows decoded at once.
const tileRows = 32

// Scratch is the working memory of one worker.
type Scratch struct {
	tile  []float32 // [dim][tileRows]
	last  []float32 // [tileRows]: the scores of a tile that is not full
	rows  []byte    // such a tile, filled up with copies of its last row
	q     []float32 // rounded queries
	mxfp4 mxfp4
}

// Scores writes the scores of n rows to dst. rows holds them one after the other;
// q is [heads][dim], w [heads]. heads must be a multiple of 4 (pad with zero
// weights), dim of 8. Queries are rounded like the rows they meet where
// those have scales.
func Scores(s *Scratch, dst []float32, rows []byte, layout kernels.RowLayout, q, w []float32, n int) {
	size, dim, format := layout.Bytes(), layout.N(), layout.Parts[0].Format
	s.last = kernels.Grow(s.last, tileRows)
	s.tile = kernels.Grow(s.tile, dim*tileRows)
	switch format {
	case kernels.MXFP4:
		s.mxfp4.begin(q, dim)
	case kernels.FP8:
		q = s.round(q, dim)
	}
	for at := 0; at < n; at += tileRows {
		left := n - at
		if left >= tileRows {
			s.score(dst[at:at+tileRows], rows[at*size:(at+tileRows)*size], format, dim, q, w)
			continue
		}
		s.rows = kernels.Grow(s.rows, tileRows*size)
		for j := range tileRows {
			from := at + min(j, left-1)
			copy(s.rows[j*size:(j+1)*size], rows[from*size:])
		}
		s.score(s.last[:left], s.rows, format, dim, q, w) // writes a whole tile, of which left count
		copy(dst[at:n], s.last)
	}
}

// score scores a tile of rows.
func (s *Scratch) score(dst []float32, rows []byte, format kernels.Format, dim int, q, w []float32) {
	if format == kernels.MXFP4 {
		s.mxfp4.score(dst, rows, dim, w)
		return
	}
	loads[format].Best()(s.tile, rows, len(rows)/tileRows, dim)
	scores.Best()(dst, s.tile, q, w)
}

// round rounds queries of dim elements to FP8.
func (s *Scratch) round(q []float32, dim int) []float32 {
	s.q = kernels.Grow(s.q, len(q))
	for at := 0; at < len(q); at += dim {
		roundFP8.Best()(s.q[at:at+dim], q[at:at+dim])
	}
	return s.q[:len(q)]
}

// roundFP8 makes q what is read where x was stored in FP8.
var roundFP8 = kernels.NewSet("index/round/fp8", roundFP8Ref)

func roundFP8Ref(q, x []float32) {
	const top, floor = 448, 1e-4
	scale := max(maxAbs(x), floor) / top
	for i, v := range x {
		q[i] = kernels.FP8.Decode(kernels.FP8.Encode(v/scale)) * scale
	}
}

func maxAbs(x []float32) (top float32) {
	for _, v := range x {
		top = max(top, v, -v)
	}
	return top
}

// loadFunc decodes tileRows rows of size bytes into tile [dim][tileRows].
type loadFunc func(tile []float32, rows []byte, size, dim int)

var loads = map[kernels.Format]*kernels.Set[loadFunc]{
	kernels.F32:  kernels.NewSet[loadFunc]("index/load/f32", reference(kernels.F32)),
	kernels.BF16: kernels.NewSet[loadFunc]("index/load/bf16", reference(kernels.BF16)),
	kernels.FP8:  kernels.NewSet[loadFunc]("index/load/fp8", reference(kernels.FP8)),
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

func reference(f kernels.Format) loadFunc {
	return func(tile []float32, rows []byte, size, dim int) {
		p := Layout(f, dim).Parts[0]
		var scale [1]float32
		for j := range tileRows {
			row := rows[j*size:]
			s := p.Scales(scale[:], row[p.Codes():])
			for i := range dim {
				v := f.Decode(p.At(row, i))
				if len(s) > 0 {
					v *= s[0]
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

// KernelSets are the variants of scoring a tile, of decoded rows and of MXFP4, for tests
// that count work.
func KernelSets() (*kernels.Set[ScoreFunc], *kernels.Set[MXFP4Func]) {
	return scores, scoresMXFP4
}
