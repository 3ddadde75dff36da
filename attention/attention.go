package attention

import (
	"fmt"
	"strings"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
	"moebench/ledger"
)

// Config describes one kind of attention: GQA, MLA or Compressed. All of them are
// comparable structs, so that equal layers can be found.
type Config interface {
	Kind() string // short, for listings: "gqa", "mla-dsa", "csa", ...
	Width() int   // of the rows it reads and writes (hidden_size)
	// Validate reports numbers that cannot work together.
	Validate() error
	// NewWeights allocates matrices and vectors.
	NewWeights(alloc Alloc, f Formats) Weights
	NewLayer(w Weights) Layer
	// NewCache makes a cache for up to capacity tokens, of which at most maxRows
	// are appended at once. Memory comes from alloc alone.
	NewCache(alloc Alloc, f CacheFormat, capacity, maxRows int) Cache
	// Verify compares the kernels that read its cache rows with float64.
	Verify(f CacheFormat) error
	// Ledger accounts for one Forward of s.Tokens rows, each seeing s.Context
	// tokens of its own sequence.
	Ledger(f Formats, s ledger.Step) ledger.Ledger
}

// Alloc returns zeroed memory, aligned to 64 bytes; or nil, to add up sizes only.
type Alloc func(bytes int64) []byte

// Layer is an attention sublayer: immutable, shared by sessions.
type Layer interface {
	// Forward computes y = attention(x) for T rows [T][Width] and appends them to
	// the caches of their sequences. Rows of one sequence stand in order, from
	// position Len on: a prompt, one step of a batch, or a mixture.
	Forward(s *Scratch, y, x []float32, caches []Cache, rows []Row)
}

// Row places one row of a pass.
type Row struct {
	Seq int // index into the caches
	Pos int // position in the sequence, from 0
}

// Weights are those of one sublayer.
type Weights interface {
	Matrices() []Part
	Vectors() []Vector
}

// Part is a matrix that holds rows [First, First+n) of a tensor [Rows, Cols],
// transposed if it says so.
type Part struct {
	Name       string
	M          *kernels.Matrix
	First      int
	Rows, Cols int // of the tensor
	Transposed bool
}

// whole is a matrix that is a tensor of its own.
func whole(name string, m *kernels.Matrix) Part {
	return Part{Name: name, M: m, Rows: m.Rows, Cols: m.Cols}
}

// Vector is a norm, a bias or the like, and the value a neutral model has there.
// Tables have Rows of equal length.
type Vector struct {
	Name    string
	X       []float32
	Neutral float32
	Rows    int // 0: not a table
}

// Cache holds what one layer remembers of one sequence.
type Cache interface {
	Len() int // tokens seen
	// SetLen sets the number of tokens. Rows of a ring that were overwritten, and
	// the state of a compressor, do not come back: only synthetic contexts may be
	// cut that far.
	SetLen(n int)
	// FillSynthetic makes the cache hold n tokens of random rows, as if they had
	// been computed.
	FillSynthetic(seed uint64, n int)
}

// CacheBytes is the memory of a cache.
func CacheBytes(c Config, f CacheFormat, capacity, maxRows int) int64 {
	var n int64
	c.NewCache(func(bytes int64) []byte { n += bytes; return nil }, f, capacity, maxRows)
	return n
}

// Formats says how matrices and cache rows are stored.
type Formats struct {
	Proj  kernels.Format // projections
	Aux   kernels.Format // compressors, and the indexer's head weights
	Cache CacheFormat
}

// CacheFormat says how cache rows are stored.
type CacheFormat uint8

// The formats. Native is what a model ships with: FP8 and FP4 rows for DeepSeek's
// latents and indexers, BF16 for keys and values.
const (
	CacheF32 CacheFormat = iota
	CacheBF16
	CacheNative
)

var cacheFormats = []string{"f32", "bf16", "native"}

// String returns the name users type.
func (f CacheFormat) String() string { return cacheFormats[f] }

// ParseCacheFormat is the inverse of String.
func ParseCacheFormat(name string) (CacheFormat, error) {
	for i, n := range cacheFormats {
		if n == name {
			return CacheFormat(i), nil
		}
	}
	return 0, fmt.Errorf("unknown cache format %q: want one of %s", name, strings.Join(cacheFormats, ", "))
}

// plain is the format of unscaled rows.
func (f CacheFormat) plain() kernels.Format {
	if f == CacheF32 {
		return kernels.F32
	}
	return kernels.BF16
}

// Scratch is the working memory of a forward pass, shared by all layers. It grows
// on first use.
type Scratch struct {
	pool    *hw.Pool
	region  *matmul.Region
	input   matmul.Input // of x, and later of the output
	queries matmul.Input // of low-rank queries
	angles  []float32    // of the current row
	gqa     gqaScratch
	latent  latentScratch
	index   indexScratch
	mla     mlaScratch

	compressed  compressedScratch
	preparation preparation
}

// padded is scratch of rows, of which nobody writes the padding: it is cleared only when rows get
// another shape. Behind the last row there may be some of an earlier pass.
type padded struct {
	x     []float32
	shape [3]int
}

// begin makes room for n elements of rows of a shape, which says where their padding is.
func (p *padded) begin(n int, shape [3]int) {
	p.x = kernels.Grow(p.x, n)
	if shape != p.shape {
		p.shape = shape
		clear(p.x[:cap(p.x)])
	}
}

// NewScratch makes empty scratch for a pool.
func NewScratch(pool *hw.Pool) *Scratch {
	s := &Scratch{pool: pool, region: matmul.NewRegion(pool)}
	s.gqa.segments.init(pool, s.gqa.attendTo, s.gqa.write)
	s.latent.init(pool)
	s.index.init(pool)
	s.preparation.workers, s.preparation.task = make([]queryWorker, pool.Size()), s.prepareTask
	return s
}

// Attending is the time spent so far with the rows that queries see, and nothing else:
// projections, their preparation and indexers are not in it.
func (s *Scratch) Attending() time.Duration { return s.gqa.spent + s.latent.spent }

// add schedules Y = M x for the rows of an input, which is converted on first use.
func (s *Scratch) add(m *kernels.Matrix, in *matmul.Input, y []float32) {
	s.addStrided(m, in, y, m.Rows)
}

func (s *Scratch) addStrided(m *kernels.Matrix, in *matmul.Input, y []float32, stride int) {
	s.region.Set(in, m.Format)
	s.region.Add(matmul.Job{W: m, X: in, Y: y, Stride: stride})
}

// multiply computes y = M x for t rows.
func (s *Scratch) multiply(m *kernels.Matrix, x, y []float32, t int) {
	s.input.Reset(x, m.Cols, m.Cols, nil, t)
	s.add(m, &s.input, y)
	s.region.Run()
}

// expansion is Y = M x, or nothing where there is no M.
type expansion struct {
	m *kernels.Matrix
	y []float32
}

// expand norms the low-rank queries qa [t][len(norm)] and multiplies them with
// what makes queries of them.
func (s *Scratch) expand(qa, norm []float32, eps float32, t int, expansions ...expansion) {
	n := len(norm)
	for i := range t {
		vec.RMSNorm(qa[i*n:(i+1)*n], qa[i*n:(i+1)*n], norm, eps)
	}
	s.queries.Reset(qa, n, n, nil, t)
	for _, p := range expansions {
		if p.m != nil {
			s.add(p.m, &s.queries, p.y)
		}
	}
	s.region.Run()
}

// checkPosition panics when a row does not continue its sequence: a bug of the
// caller, not bad input.
func checkPosition(c Cache, row int, r Row) {
	if c.Len() != r.Pos {
		panic(fmt.Sprintf("attention: row %d is at position %d of a sequence of %d tokens", row, r.Pos, c.Len()))
	}
}
