package attend

import (
	"moebench/kernels"
	"moebench/kernels/vec"
)

// rowsFunc decodes the rows of a load, from done on. It may fetch those that come fetchAhead
// later, as far as there are ids. Numbers are those of a loadFunc.
type rowsFunc func(load *RowLoad)

// RowLoad is rows to decode to bf16, one after the other. In memory it is whole lines of the
// cache, and begins with one where Go allocates it: numbers written across two take long to be
// read.
type RowLoad struct {
	factors [rowLines]uint32 // of the lines of the row that assembly is at
	shape   rowShape
	dst     []uint16 // where rows go,
	pitch   int      // so many elements apart
	data    []byte   // all there are
	ids     []int32  // which of them, and those that come later
	n       int      // how many
	done    int      // of which so many are decoded

	// Of the row that assembly is at:
	later     int // bytes from there to the one to fetch
	powersEnd int // as codesEnd, of lines whose factors add to exponents
	_         [8]byte
}

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
	after  int             // bytes before the scales

	codesEnd, end int // four times the lines of codes, and of all
}

// rowLines is how many lines of codes a row has at most.
const rowLines = 16

// loadRows has, as reference, what serves all shapes.
var loadRows = kernels.NewSet[rowsFunc]("attend/rows/fp8", loadRowsRef)

// shape is that of a layout, if rows are like that.
func shape(l *kernels.RowLayout) (s rowShape, ok bool) {
	a, b := l.Parts[0], l.Parts[1]
	if a.Format != kernels.FP8 || a.Scale == kernels.NoScale || a.N == 0 || a.N%64 != 0 || a.N > 64*rowLines || a.Block%64 != 0 ||
		b.N != 0 && (b.Format != kernels.BF16 || b.N%32 != 0) {
		return s, false
	}
	s = rowShape{size: l.Bytes(), codes: a.N, words: b.N, block: a.Block, scale: 4, after: a.N + 2*b.N}
	s.codesEnd, s.end = a.N/16, (a.N+2*b.N)/16
	if a.Scale == kernels.PowerScale {
		s.scale = 1
	}
	for i := range a.N / 64 {
		s.lines[i] = int32(64 * i / a.Block)
		s.scales |= 1 << s.lines[i]
	}
	return s, true
}

func loadRowsRef(l *RowLoad) {
	s := &l.shape
	load := roundRef(kernels.PowerScale, 1)
	if s.scale == 4 {
		load = roundRef(kernels.FloatScale, 4)
	}
	for ; l.done < l.n; l.done++ {
		row, to := l.data[int(l.ids[l.done])*s.size:][:s.size], l.dst[l.done*l.pitch:][:s.codes+s.words]
		load(to[:s.codes], row, row[s.after:], s.block)
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

// begin says which rows are decoded next: n, those of ids[:n], before the others.
func (p *pairs) begin(dst []uint16, l *Latents, ids []int32, n, pitch int) *RowLoad {
	load := p.load
	load.dst, load.pitch, load.data, load.ids, load.n, load.done = dst, pitch, l.Data, ids, n, 0
	if !p.whole {
		return nil
	}
	for _, id := range ids[:n] { // assembly does not ask whether there is such a row
		_ = l.Data[int(id)*load.shape.size:][:load.shape.size]
	}
	return load
}

// finish decodes those of them that are not yet, and makes zeros of those that fill up a tile.
func (p *pairs) finish(l *Latents) {
	load, dim := p.load, Dim(l.Layout)
	if p.whole {
		loadRows.Best()(load)
	}
	fetch := vec.Fetch.Best()
	for i := load.done; i < load.n; i++ {
		if ahead := i + fetchAhead; ahead < len(load.ids) {
			fetch(l.Row(int(load.ids[ahead])))
		}
		p.decoder.decode(load.dst[i*load.pitch:][:dim], l.Row(int(load.ids[i])))
	}
	clear(load.dst[load.n*load.pitch : (load.n+pairRows-1)/pairRows*pairRows*load.pitch])
}
