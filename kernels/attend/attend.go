package attend

import (
	"math"

	"moebench/kernels"
	"moebench/kernels/vec"
)

const (
	// BlockRows is the number of rows whose scores are computed before they are
	// turned into weights: whole tiles of 3 rows and whole registers of 16 weights.
	BlockRows = 48
	// decodeQueries is from how many queries on BF16 rows are decoded once for all.
	decodeQueries = 32
	// keyRows is how many BF16 keys are decoded before they meet the queries: so few that they
	// stay in the first-level cache while all queries pass by.
	keyRows = BlockRows / 2
	// scorePitch is the distance between the scores of two queries.
	scorePitch = 64
)

// MostPadding is how many rows PadQueries adds at most.
const MostPadding = 2

// PadQueries is the number of query rows that Add takes for g queries: kernels
// work on four or one at a time, and a few rows of zeros cost less than going
// through the cache rows again for every odd one.
func PadQueries(g int) int {
	if odd := g % 4; odd > 1 {
		return g + 4 - odd
	}
	return g
}

// State adds rows to its Sums. The zero value needs Reset.
type State struct {
	Sums
	dim     int
	empty   bool      // no rows yet
	scale   []float32 // [G] and padding: by which what was there before the current block is multiplied,
	now     []float32 // and what the block adds
	scores  []float32 // [G and padding][scorePitch]
	tile    []float32 // [BlockRows][dim+tileGap], decoded rows
	queries []float32 // of the last latents
	decoder decoder[float32]
	pairs   pairs
	ahead   [2][]byte // keys and values of the rows after those of the next Add
}

// NewState makes a state for g queries over rows of dim.
func NewState(g, dim int) *State {
	s := &State{}
	s.Reset(g, dim, dim)
	return s
}

// Reset forgets all rows. Queries, keys and value rows have dim elements, of
// which the first value ones are mixed: where one row serves as key and value
// (a latent), the key may be longer. Memory grows as needed and is kept.
func (s *State) Reset(g, dim, value int) {
	s.g, s.dim, s.value, s.empty = g, dim, value, true
	s.Ahead(nil, nil)
	rows := padPairs(g) // what kernels of any tier need
	s.max, s.sum, s.out = kernels.Grow(s.max, rows), kernels.Grow(s.sum, rows), kernels.Grow(s.out, rows*value)
	s.scores, s.scale = kernels.Grow(s.scores, rows*scorePitch), kernels.Grow(s.scale, rows)
	s.now = kernels.Grow(s.now, rows)
	for i := range s.max {
		s.max[i], s.sum[i], s.now[i] = -math.MaxFloat32, 0, 1
	}
}

// clear makes zeros for kernels that add to sums.
func (s *State) clear() {
	if s.empty {
		clear(s.out)
	}
}

// Ahead says which rows, from these on, the caller goes on with after the next Add, for this
// state or another one: that may ask for the first of them.
func (s *State) Ahead(k, v []byte) { s.ahead = [2][]byte{k, v} }

// Add attends to n more rows k and v of the format. q is [PadQueries(G)][dim],
// scaled; rows beyond G must be finite and do not matter. Where seen is not nil, queries
// are len(seen) groups, as of the tokens of a prompt, and group i sees the first seen[i]
// rows alone, not fewer than the group before.
func (s *State) Add(q []float32, k, v []byte, f kernels.Format, n int, seen []int) {
	if inPairs(f) {
		s.addPairs(q, k, v, n, seen)
		return
	}
	s.clear()
	row, stride, queries := s.dim*f.Bits()/8, s.dim, PadQueries(s.g)
	decode := f == kernels.BF16 && queries >= decodeQueries
	if decode {
		f, stride = kernels.F32, s.dim+tileGap
		s.tile = kernels.Grow(s.tile, BlockRows*stride)
	}
	scores, mix := scoreSets[f].Best(), mixSets[f].Best()
	blind := 0 // groups that see no more rows
	for at := 0; at < n; at += BlockRows {
		for blind < len(seen)-1 && seen[blind] <= at {
			blind++
		}
		first := blind * s.g / max(1, len(seen)) &^ 3 // query of a tile that sees some
		rows := min(BlockRows, n-at)
		from, to := at*row, (at+rows)*row
		after := min(to+BlockRows*row, n*row)
		keys, values := k[from:to], v[from:to]
		if decode {
			for j := 0; j < rows; j += keyRows {
				n := min(keyRows, rows-j)
				tile := s.decode(keys[j*row:], n, after-to)
				scores(s.scores[first*scorePitch+j:], q[first*s.dim:], tile, s.dim, queries-first, n, stride, nil)
			}
			values = s.decode(values, rows, after-to)
		} else {
			scores(s.scores[first*scorePitch:], q[first*s.dim:], keys, s.dim, queries-first, rows, stride, k[to:after])
		}
		s.weigh(first, rows, at, seen)
		mix(s.out[first*s.value:], s.scores[first*scorePitch:], values, s.value, queries-first, rows, stride, v[to:after])
	}
}

// decode makes f32 of BF16 rows, for many queries at once. Of the block behind theirs there are
// next bytes.
func (s *State) decode(codes []byte, rows, next int) []byte {
	ahead := 0
	if next > 0 {
		ahead = BlockRows * 2 * s.dim
	}
	decodeBF16.Best()(s.tile, codes, s.dim, rows, s.dim+tileGap, ahead)
	return kernels.FloatBytes(s.tile)
}

// weigh turns a block's scores, of the first query and on, into weights exp(score - max),
// and scales what was added before to a new maximum. Scores that fill up the last register
// weigh nothing, like those of rows, at and on, that a query does not see.
func (s *State) weigh(first, rows, at int, seen []int) {
	if rows < BlockRows || seen != nil && seen[0] < at+rows {
		for g := first; g < s.g; g++ {
			n := rows
			if seen != nil {
				n = max(0, min(n, seen[g*len(seen)/s.g]-at))
			}
			p := s.scores[g*scorePitch:]
			for i := n; i < Pad16(rows); i++ {
				p[i] = float32(math.Inf(-1))
			}
		}
	}
	vec.Running.Best()(s.scores[first*scorePitch:], s.max[first:s.g], s.sum[first:s.g], s.scale[first:s.g], scorePitch, rows)
	for g := first; g < s.g; g++ {
		if c := s.scale[g]; c != 1 && !s.empty { // the first block finds zeros
			vec.Scale(s.values(g), c)
		}
	}
	s.empty = false
}
