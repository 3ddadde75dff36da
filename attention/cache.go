package attention

import (
	"encoding/binary"
	"math"

	"moebench/kernels"
)

// Cache holds the keys and values of one sequence in one layer, as rows of F32
// or BF16: [KVHeads][rows][dim] for K, then the same for V, dim padded with
// zeros. A windowed layer keeps a ring: position p is row p % rows.
type Cache struct {
	Format kernels.Format
	heads  int
	dim    int
	rows   int
	size   int // of one row, bytes
	len    int
	data   []byte
}

// ringRows is the number of rows a cache holds: a window needs the rows its
// oldest query still sees while maxRows new ones are appended at once.
func ringRows(c Config, capacity, maxRows int) int {
	if c.Window > 0 {
		return min(capacity, c.Window+maxRows-1)
	}
	return capacity
}

// CacheBytes is the memory of a cache.
func CacheBytes(c Config, f kernels.Format, capacity, maxRows int) int64 {
	return 2 * int64(c.KVHeads) * int64(ringRows(c, capacity, maxRows)) * int64(c.dim()*f.Bits()/8)
}

// NewCache makes a cache for up to capacity tokens, of which at most maxRows
// are appended at once.
func NewCache(alloc func(bytes int64) []byte, c Config, f kernels.Format, capacity, maxRows int) *Cache {
	return &Cache{
		Format: f, heads: c.KVHeads, dim: c.dim(), rows: ringRows(c, capacity, maxRows), size: c.dim() * f.Bits() / 8,
		data: alloc(CacheBytes(c, f, capacity, maxRows)),
	}
}

// Len is the number of tokens seen.
func (c *Cache) Len() int { return c.len }

// Truncate forgets the tokens from position n on. Rows of a ring that were
// overwritten do not come back: only synthetic contexts may be cut that far.
func (c *Cache) Truncate(n int) { c.len = min(n, c.len) }

// Bytes is the memory held.
func (c *Cache) Bytes() int64 { return int64(len(c.data)) }

// keys and values return the rows of a head from row on.
func (c *Cache) keys(head, row int) []byte { return c.data[(head*c.rows+row)*c.size:] }
func (c *Cache) values(head, row int) []byte {
	return c.data[((c.heads+head)*c.rows+row)*c.size:]
}

// append stores one token's k and v [KVHeads][headDim].
func (c *Cache) append(k, v []float32, headDim int) {
	row := c.len % c.rows
	for h := range c.heads {
		c.encode(c.keys(h, row), k[h*headDim:(h+1)*headDim])
		c.encode(c.values(h, row), v[h*headDim:(h+1)*headDim])
	}
	c.len++
}

func (c *Cache) encode(dst []byte, x []float32) {
	for i, v := range x {
		if c.Format == kernels.BF16 {
			binary.LittleEndian.PutUint16(dst[2*i:], uint16(kernels.BF16.Encode(v)))
		} else {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
		}
	}
}

// FillSynthetic makes the cache hold n tokens of random rows, as if they had
// been computed: magnitudes in [0.5, 2), any sign.
func (c *Cache) FillSynthetic(seed uint64, n int) {
	and, or := uint64(0x80ffffff_80ffffff), uint64(0x3f000000_3f000000)
	if c.Format == kernels.BF16 {
		and, or = 0x80ff_80ff_80ff_80ff, 0x3f00_3f00_3f00_3f00
	}
	for i := 0; i+8 <= len(c.data); i += 8 {
		seed += kernels.Golden
		binary.LittleEndian.PutUint64(c.data[i:], kernels.Mix(seed)&and|or)
	}
	c.len = n
}
