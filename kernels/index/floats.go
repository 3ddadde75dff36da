package index

import (
	"moebench/kernels"
)

// floats is the form in f32: rows are decoded, FP8 queries rounded.
type floats struct {
	format  kernels.Format
	tile    []float32 // [dim][tileRows]
	q, w    []float32
	rounded []float32 // q of FP8 rows
}

func (s *floats) of(f kernels.Format) form {
	s.format = f
	return s
}

func (s *floats) begin(q, w []float32, dim int) {
	s.tile, s.q, s.w = kernels.Grow(s.tile, dim*tileRows), q, w
	if s.format == kernels.FP8 {
		s.rounded = kernels.Grow(s.rounded, len(q))
		s.q = s.rounded
		for at := 0; at < len(q); at += dim {
			roundFP8.Best()(s.q[at:at+dim], q[at:at+dim])
		}
	}
}

func (s *floats) score(dst []float32, rows []byte) {
	loads[s.format].Best()(s.tile, rows, len(rows)/tileRows, len(s.tile)/tileRows)
	scores.Best()(dst, s.tile, s.q, s.w)
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
