package attend

import "moebench/kernels"

// RowsFunc decodes n rows of data to bf16, those of ids[:n], to dst, pitch elements apart. It may
// fetch those that come fetchAhead later, as far as there are ids. Numbers are those of a LoadFunc.
type RowsFunc func(dst []uint16, data []byte, ids []int32, n, pitch int, s *rowShape)

// rowShape is a row of FP8 and, behind them, some BF16: whole lines of 64 bytes of either, and
// scales of whole lines.
type rowShape struct {
	size   int             // bytes of a row
	codes  int             // of FP8
	words  int             // of BF16
	block  int             // codes that share a scale
	scale  int             // bytes of one: 1, a power of two, or 4, an f32
	scales int             // a bit for each
	lines  [rowLines]int32 // which is that of a line of codes
}

// rowLines is how many lines of codes a row has at most.
const rowLines = 16

// loadRows has, as reference, what serves all shapes.
var loadRows = kernels.NewSet[RowsFunc]("attend/rows/fp8", loadRowsRef)

// shape is that of a layout, if rows are like that.
func shape(l *kernels.RowLayout) (s rowShape, ok bool) {
	a, b := l.Parts[0], l.Parts[1]
	if a.Format != kernels.FP8 || a.Scale == kernels.NoScale || a.N == 0 || a.N%64 != 0 || a.N > 64*rowLines || a.Block%64 != 0 ||
		b.N != 0 && (b.Format != kernels.BF16 || b.N%32 != 0) {
		return s, false
	}
	s = rowShape{size: l.Bytes(), codes: a.N, words: b.N, block: a.Block, scale: 4}
	if a.Scale == kernels.PowerScale {
		s.scale = 1
	}
	for i := range a.N / 64 {
		s.lines[i] = int32(64 * i / a.Block)
		s.scales |= 1 << s.lines[i]
	}
	return s, true
}

func loadRowsRef(dst []uint16, data []byte, ids []int32, n, pitch int, s *rowShape) {
	load := roundRef(kernels.PowerScale, 1)
	if s.scale == 4 {
		load = roundRef(kernels.FloatScale, 4)
	}
	for i, id := range ids[:n] {
		row, to := data[int(id)*s.size:][:s.size], dst[i*pitch:][:s.codes+s.words]
		load(to[:s.codes], row, row[s.codes+2*s.words:], s.block)
		copyBF16(to[s.codes:], row[s.codes:][:2*s.words], nil, 0)
	}
}

// some are the ids of count rows from the i-th on, which is first + i where there are no ids.
func (p *pairs) some(ids []int32, first, i, count int) []int32 {
	if ids != nil {
		return ids[i:][:count]
	}
	p.ids = kernels.Grow(p.ids, count)
	for j := range p.ids {
		p.ids[j] = int32(first + i + j)
	}
	return p.ids
}

// decode decodes n rows, those of ids[:n]; the others come next.
func (p *pairs) decode(dst []uint16, l *Latents, ids []int32, n, stride int) {
	if p.whole {
		for _, id := range ids[:n] { // assembly does not ask whether there is such a row
			_ = l.Data[int(id)*p.shape.size:][:p.shape.size]
		}
		loadRows.Best()(dst, l.Data, ids, n, stride, &p.shape)
		return
	}
	fetch, dim := fetches.Best(), Dim(l.Layout)
	for i, id := range ids[:n] {
		if ahead := i + fetchAhead; ahead < len(ids) {
			fetch(l.Row(int(ids[ahead])))
		}
		p.decoder.decode(dst[i*stride:][:dim], l.Row(int(id)))
	}
}
