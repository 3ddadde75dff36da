package index

import (
	"encoding/binary"
	"math"

	"moebench/kernels"
)

// MXFP4 rows meet queries of the same format, as in V4. Twice a value is a whole number
// from -12 to 12, so that what the products of a block add up to is exact in integers:
//
//	round   codes[h][i] = 2 value + 12, an unsigned byte; scales[h][b]
//	load    tile = signed bytes, and -12 times their sum, of every block of a row
//	scores  dot = sum over blocks of scale[b] scales[h][b] (sum of codes x bytes - 12 bytes)
//
// that is four times the product.

// block is the number of elements that share a scale. Kernels see whole blocks, filled
// up with zeros.
const block = kernels.QuantBlock

// blockBytes is the size of a block in a tile: bytes [block/4][tileRows][4], the sums
// times -12 as int32 [tileRows] and the scales as float32 [tileRows].
const blockBytes = tileRows * (block + 4 + 4)

func blocks(dim int) int { return (dim + block - 1) / block }

// place is where element i is among the bytes of a block: those of the low nibbles of
// four bytes of a row come first, then those of their high nibbles.
func place(i int) int { return i&^7 + i%2*4 + i%8/2 }

// roundMXFP4 rounds whole blocks of queries as rows are encoded; len(scales) is their
// number. A block with NaN or Inf has scale NaN, whatever its codes are.
var roundMXFP4 = kernels.NewSet("index/round/mxfp4", roundMXFP4Ref)

func roundMXFP4Ref(codes []byte, scales, x []float32) {
	const top, floor = 6, 6 * 0x1p-126
	for b := range scales {
		part := x[b*block : (b+1)*block]
		amax := maxAbs(part)
		fraction, e := math.Frexp(float64(max(amax, floor) / top))
		if fraction == 0.5 { // a power of two
			e--
		}
		scale := float32(math.Ldexp(1, e))
		if !(amax <= math.MaxFloat32) {
			scale = float32(math.NaN())
		}
		scales[b] = scale
		for i, v := range part {
			codes[b*block+place(i)] = byte(2*kernels.MXFP4.Decode(kernels.MXFP4.Encode(v/scale)) + 12)
		}
	}
}

// loadMXFP4 turns tileRows rows of size bytes into a tile [blocks][blockBytes].
var loadMXFP4 = kernels.NewSet("index/load/mxfp4", loadMXFP4Ref)

func loadMXFP4Ref(tile, rows []byte, size, dim int) {
	p := Layout(kernels.MXFP4, dim).Parts[0]
	var scales [256]float32
	for j := range tileRows {
		row := rows[j*size:]
		for b, scale := range p.Scales(scales[:], row[p.Codes():]) {
			bytes, sums, powers := parts(tile, b)
			var sum int32
			for i := range block {
				var v int32
				if b*block+i < dim {
					v = int32(2 * p.Format.Decode(p.At(row, b*block+i)))
				}
				bytes[at(i, j)] = byte(v)
				sum += v
			}
			binary.LittleEndian.PutUint32(sums[4*j:], uint32(-12*sum))
			binary.LittleEndian.PutUint32(powers[4*j:], math.Float32bits(scale))
		}
	}
}

// parts are the three parts of a tile's block.
func parts(tile []byte, b int) (bytes, sums, powers []byte) {
	tile = tile[b*blockBytes:]
	return tile[:block*tileRows], tile[block*tileRows:], tile[(block+4)*tileRows:]
}

// at is where the byte of element i and row j is.
func at(i, j int) int { return (place(i)/4*tileRows+j)*4 + place(i)%4 }

// MXFP4Func computes s[j] for the rows of a tile of dim elements and as many queries as
// w is long, a multiple of 4. s has room for a whole tile, even where it is shorter.
type MXFP4Func func(s []float32, tile []byte, dim int, codes []byte, scales, w []float32)

var scoresMXFP4 = kernels.NewSet[MXFP4Func]("index/scores/mxfp4", scoresMXFP4Ref)

func scoresMXFP4Ref(s []float32, tile []byte, dim int, codes []byte, scales, w []float32) {
	n := blocks(dim)
	for j := range s {
		s[j] = 0
		for h, weight := range w {
			var dot float32
			for b := range n {
				bytes, sums, powers := parts(tile, b)
				sum := int32(binary.LittleEndian.Uint32(sums[4*j:]))
				for i := range block {
					sum += int32(codes[(h*n+b)*block+place(i)]) * int32(int8(bytes[at(i, j)]))
				}
				scale := math.Float32frombits(binary.LittleEndian.Uint32(powers[4*j:]))
				dot += float32(sum) * scale * scales[h*n+b]
			}
			s[j] += weight * max(dot, 0)
		}
		s[j] /= 4
	}
}

// mxfp4 is the form of such rows.
type mxfp4 struct {
	dim    int
	tile   []byte    // [blocks][blockBytes]
	q      []float32 // [heads][whole blocks]: queries filled up
	codes  []byte    // [heads][blocks][block]
	scales []float32 // [heads][blocks]
	w      []float32
}

func (s *mxfp4) begin(q, w []float32, dim int) {
	n := blocks(dim)
	s.dim, s.w, s.tile = dim, w, kernels.Grow(s.tile, n*blockBytes)
	if whole := n * block; whole != dim {
		s.q = kernels.Grow(s.q, len(w)*whole)
		clear(s.q)
		for h := range w {
			copy(s.q[h*whole:], q[h*dim:(h+1)*dim])
		}
		q = s.q
	}
	s.codes, s.scales = kernels.Grow(s.codes, len(q)), kernels.Grow(s.scales, len(q)/block)
	roundMXFP4.Best()(s.codes, s.scales, q)
}

func (s *mxfp4) score(dst []float32, rows []byte) {
	loadMXFP4.Best()(s.tile, rows, len(rows)/tileRows, s.dim)
	scoresMXFP4.Best()(dst, s.tile, s.dim, s.codes, s.scales, s.w)
}
