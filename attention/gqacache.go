package attention

import (
	"encoding/binary"

	"moebench/kernels"
)

// gqaCache holds the keys and values of one sequence in one layer, as rows of F32
// or BF16: [KVHeads][rows][dim] for K, then the same for V, dim padded with
// zeros. A windowed layer keeps a ring: position p is row p % rows.
type gqaCache struct {
	format kernels.Format
	heads  int
	dim    int
	rows   int
	size   int // of one row, bytes
	len    int
	data   []byte
}

// ringRows is the number of rows a cache holds: a window needs the rows its
// oldest query still sees while maxRows new ones are appended at once.
func ringRows(window, capacity, maxRows int) int {
	if window > 0 {
		return min(capacity, window+maxRows-1)
	}
	return capacity
}

// NewCache implements Config.
func (c GQA) NewCache(alloc Alloc, f CacheFormat, capacity, maxRows int) Cache {
	format, rows := f.plain(), ringRows(c.Window, capacity, maxRows)
	size := c.dim() * format.Bits() / 8
	return &gqaCache{
		format: format, heads: c.KVHeads, dim: c.dim(), rows: rows, size: size,
		data: alloc(2 * int64(c.KVHeads) * int64(rows) * int64(size)),
	}
}

func (c *gqaCache) Len() int     { return c.len }
func (c *gqaCache) SetLen(n int) { c.len = n }

// keys and values return the rows of a head from row on.
func (c *gqaCache) keys(head, row int) []byte { return c.data[(head*c.rows+row)*c.size:] }
func (c *gqaCache) values(head, row int) []byte {
	return c.data[((c.heads+head)*c.rows+row)*c.size:]
}

// put stores k and v of a head at a position.
func (c *gqaCache) put(head, pos int, k, v []float32) {
	c.encode(c.keys(head, pos%c.rows), k)
	c.encode(c.values(head, pos%c.rows), v)
}

func (c *gqaCache) encode(dst []byte, x []float32) {
	if c.format == kernels.BF16 {
		kernels.EncodeBF16(dst, x)
	} else {
		copy(dst, kernels.FloatBytes(x))
	}
}

// FillSynthetic makes the cache hold n tokens of random rows, as if they had
// been computed: magnitudes in [0.5, 2), any sign.
func (c *gqaCache) FillSynthetic(seed uint64, n int) {
	fillRows(c.data, kernels.PlainRow(c.format, c.dim), seed)
	c.len = n
}

// fillRows writes random rows of a layout at memory speed.
func fillRows(data []byte, layout kernels.RowLayout, seed uint64) {
	and, or := layout.FillPattern()
	period := len(and)
	for ; len(data) >= period; data = data[period:] {
		for i := 0; i < period; i += 8 {
			seed += kernels.Golden
			word := kernels.Mix(seed)&binary.LittleEndian.Uint64(and[i:]) | binary.LittleEndian.Uint64(or[i:])
			binary.LittleEndian.PutUint64(data[i:], word)
		}
	}
	for i := range data { // the last row of an odd number of short ones
		data[i] = byte(kernels.Mix(seed+uint64(i)))&and[i] | or[i]
	}
}
