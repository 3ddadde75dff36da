package attend

import (
	"moebench/kernels"
)

// Latents are cache rows that serve all heads, as key and, with their first
// elements, as value. Rows are decoded to f32 block by block, once for all
// queries of a State: memory is read in the stored form.
type Latents struct {
	Layout kernels.RowLayout
	Data   []byte // [rows][Layout.Bytes()]
}

// Pad16 is the width a part of n elements has in queries and values: whole
// registers, filled with zeros.
func Pad16(n int) int { return (n + 15) &^ 15 }

// latentRows is how many rows are decoded before they meet the queries: so few that
// they stay in the first-level cache while all queries pass by.
const latentRows = 6

// fetchAhead is how many rows before its turn a chosen row is asked for.
const fetchAhead = 24

// tileGap keeps decoded rows from beginning a power of two apart, where a strip of
// columns would fall on a few lines of the first-level cache.
const tileGap = 16

// Dim is the width of a decoded row: both parts, padded.
func Dim(l kernels.RowLayout) int { return Pad16(l.Parts[0].N) + Pad16(l.Parts[1].N) }

// Row is the stored form of row i.
func (l *Latents) Row(i int) []byte {
	size := l.Layout.Bytes()
	return l.Data[i*size : (i+1)*size]
}

// AddLatents attends to all more rows: those of ids[:all], or first, first+1, ... when
// ids is nil. q is [PadQueries(G)][Dim], scaled; each part begins at a multiple
// of 16.
func (s *State) AddLatents(q []float32, l *Latents, ids []int32, first, all int) {
	stride := s.dim + tileGap
	s.tile = kernels.Grow(s.tile, blockRows*stride)
	scores, mix, queries := scoreSets[kernels.F32].Best(), mixSets[kernels.F32].Best(), PadQueries(s.g)
	s.decoder.set(l.Layout)
	tile, fetch := kernels.FloatBytes(s.tile), fetches.Best()
	for at := 0; at < all; at += blockRows {
		rows := min(blockRows, all-at)
		for j := 0; j < rows; j += latentRows {
			n := min(latentRows, rows-j)
			for i := j; i < j+n; i++ {
				row := first + at + i
				if ids != nil {
					row = int(ids[at+i])
					if next := at + i + fetchAhead; next < all {
						fetch(l.Row(int(ids[next])))
					}
				}
				s.decoder.decode(s.tile[i*stride:][:s.dim], l.Row(row))
			}
			scores(s.scores[j:], q, tile[j*stride*4:], s.dim, queries, n, stride, nil)
		}
		s.weigh(rows, at, nil)
		mix(s.out, s.scores, tile, s.value, queries, rows, stride, nil)
	}
}

// decoder holds what decoding a row needs to know, looked up once per call.
type decoder struct {
	parts  [2]kernels.RowPart
	scales [2]int // where the scales of each part begin
	fp8    func(dst []float32, codes []byte, scales []float32, block int)
	bf16   func(dst []float32, codes []byte)
	buffer [64]float32
}

func (d *decoder) set(l kernels.RowLayout) {
	d.parts, d.fp8, d.bf16 = l.Parts, loadFP8.Best(), loadBF16.Best()
	d.scales[0] = l.Parts[0].Codes() + l.Parts[1].Codes()
	d.scales[1] = d.scales[0] + l.Parts[0].ScaleBytes()
}

// decode writes one row to dst [Dim].
func (d *decoder) decode(dst []float32, row []byte) {
	codes := row
	for i, p := range d.parts {
		if p.N == 0 {
			continue
		}
		d.part(dst[:Pad16(p.N)], p, codes, row[d.scales[i]:])
		dst, codes = dst[Pad16(p.N):], codes[p.Codes():]
	}
}

func (d *decoder) part(dst []float32, p kernels.RowPart, codes, scales []byte) {
	n := p.N &^ 15
	switch p.Format {
	case kernels.FP8:
		s := p.Scales(d.buffer[:], scales)
		if n > 0 {
			d.fp8(dst[:n], codes[:n], s, p.Block)
		}
		for i := n; i < p.N; i++ {
			dst[i] = kernels.FP8.Decode(uint32(codes[i])) * s[i/p.Block]
		}
	case kernels.BF16:
		if n > 0 {
			d.bf16(dst[:n], codes[:2*n])
		}
		loadBF16Ref(dst[n:p.N], codes[2*n:])
	default: // F32
		copy(dst[:p.N], kernels.Floats(codes[:4*p.N]))
	}
	clear(dst[p.N:])
}

// fetches ask for a row that is decoded soon: chosen rows are scattered, and nothing
// but their ids tells where the next one is. Doing without is correct.
var fetches = kernels.NewSet("attend/fetch", func(row []byte) {})

// loadFP8 decodes len(dst) e4m3 codes, a multiple of 16, and multiplies every
// block of them, a multiple of 16 too, by its scale.
var loadFP8 = kernels.NewSet[func(dst []float32, codes []byte, scales []float32, block int)]("attend/load/fp8", loadFP8Ref)

func loadFP8Ref(dst []float32, codes []byte, scales []float32, block int) {
	for i := range dst {
		dst[i] = kernels.FP8.Decode(uint32(codes[i])) * scales[i/block]
	}
}

// loadBF16 decodes len(dst) values, a multiple of 16.
var loadBF16 = kernels.NewSet[func(dst []float32, codes []byte)]("attend/load/bf16", loadBF16Ref)

func loadBF16Ref(dst []float32, codes []byte) {
	for i := range dst {
		dst[i] = bf16At(codes, i)
	}
}
