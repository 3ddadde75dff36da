package index

import (
	"testing"

	"moebench/kernels"
)

// BenchmarkParts is what a tile of the indexers above takes on one CPU, in parts: rounding
// the queries, which many tiles share, decoding its rows, and scoring them.
func BenchmarkParts(b *testing.B) {
	const heads, dim = 64, 128
	r := random(1)
	q, w, dst := r.floats(heads*dim), r.floats(heads), make([]float32, tileRows)
	for _, f := range []kernels.Format{kernels.FP8, kernels.MXFP4} {
		layout := Layout(f, dim)
		rows := make([]byte, tileRows*layout.Bytes())
		for j := range tileRows {
			layout.Encode(rows[j*layout.Bytes():], r.floats(dim))
		}
		s := &Scratch{}
		part := func(name string, call func()) {
			b.Run("rows="+f.String()+"/part="+name, func(b *testing.B) {
				for b.Loop() {
					call()
				}
			})
		}
		part("round", func() { s.Begin(layout, q, w) })
		s.Begin(layout, q, w)
		part("all", func() { s.Scores(dst, rows) })
		switch form := s.form.(type) {
		case *floats:
			part("load", func() { loads[f].Best()(form.tile, rows, s.size, dim) })
			part("scores", func() { scores.Best()(dst, form.tile, form.q, w) })
		case *pairs:
			part("load", func() { loadPairs.Best()(form.tile, rows, s.size, dim) })
			part("scores", func() { scoresPairs.Best()(dst, form.tile, form.q, form.w) })
		case *mxfp4:
			part("load", func() { loadMXFP4.Best()(form.tile, rows, s.size, dim) })
			part("scores", func() { scoresMXFP4.Best()(dst, form.tile, dim, form.codes, form.scales, w) })
		}
	}
}
