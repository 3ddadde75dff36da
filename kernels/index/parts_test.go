package index

import (
	"testing"

	"moebench/kernels"
)

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
		form := s.form(f)
		b.Run(f.String()+"/round", func(b *testing.B) {
			for b.Loop() {
				form.begin(q, w, dim)
			}
		})
		form.begin(q, w, dim)
		form.score(dst, rows)
		b.Run(f.String()+"/tile", func(b *testing.B) {
			for b.Loop() {
				form.score(dst, rows)
			}
		})
		b.Run(f.String()+"/load", func(b *testing.B) {
			for b.Loop() {
				if f == kernels.FP8 {
					loadPairs.Best()(s.pairs.tile, rows, len(rows)/tileRows, dim)
				} else {
					loadMXFP4.Best()(s.mxfp4.tile, rows, len(rows)/tileRows, dim)
				}
			}
		})
		b.Run(f.String()+"/scores", func(b *testing.B) {
			for b.Loop() {
				if f == kernels.FP8 {
					scoresPairs.Best()(dst, s.pairs.tile, s.pairs.q, s.pairs.w)
				} else {
					scoresMXFP4.Best()(dst, s.mxfp4.tile, dim, s.mxfp4.codes, s.mxfp4.scales, w)
				}
			}
		})
	}
}
