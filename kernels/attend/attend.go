package attend

import (
	"math"

	"moebench/kernels"
	"moebench/kernels/vec"
)

// blockRows is the number of rows whose scores are computed before they are
// turned into weights.
const blockRows = 64

// PadQueries is the number of query rows that Add takes for g queries: kernels
// work on eight, four or one at a time, and a few rows of zeros cost less than
// going through the cache rows again for every odd one.
func PadQueries(g int) int {
	switch g % 8 {
	case 2, 3:
		return g/8*8 + 4
	case 6, 7:
		return g/8*8 + 8
	}
	return g
}

// State is the running softmax of G queries. The zero value needs Reset.
type State struct {
	g, dim   int
	max, sum []float32 // [G]
	out      []float32 // [PadQueries(G)][dim]
	scores   []float32 // [PadQueries(G)][blockRows]
}

// NewState makes a state for g queries over rows of dim.
func NewState(g, dim int) *State {
	s := &State{}
	s.Reset(g, dim)
	return s
}

// Reset forgets all rows; memory grows as needed and is kept.
func (s *State) Reset(g, dim int) {
	s.g, s.dim = g, dim
	rows := PadQueries(g)
	s.max, s.sum, s.out = kernels.Grow(s.max, g), kernels.Grow(s.sum, g), kernels.Grow(s.out, rows*dim)
	s.scores = kernels.Grow(s.scores, rows*blockRows)
	for i := range s.max {
		s.max[i], s.sum[i] = float32(math.Inf(-1)), 0
	}
	clear(s.out)
}

// Add attends to n more rows k and v of the format. q is [PadQueries(G)][dim],
// scaled; rows beyond G must be finite and do not matter.
func (s *State) Add(q []float32, k, v []byte, f kernels.Format, n int) {
	row := s.dim * f.Bits() / 8
	scores, mix, queries := scoreSets[f].Best(), mixSets[f].Best(), PadQueries(s.g)
	for at := 0; at < n; at += blockRows {
		rows := min(blockRows, n-at)
		scores(s.scores, q, k[at*row:(at+rows)*row], s.dim, queries, rows)
		s.weigh(rows)
		mix(s.out, s.scores, v[at*row:(at+rows)*row], s.dim, queries, rows)
	}
}

// weigh turns a block's scores into weights exp(score - max), after scaling
// what was added before to a new maximum.
func (s *State) weigh(rows int) {
	for g := range s.g {
		p := s.scores[g*blockRows:][:rows]
		if top := vec.Max(p); top > s.max[g] {
			if s.sum[g] != 0 {
				c := float32(math.Exp(float64(s.max[g] - top)))
				s.sum[g] *= c
				vec.Scale(s.out[g*s.dim:][:s.dim], c)
			}
			s.max[g] = top
		}
		s.sum[g] += vec.ExpSum(p, p, s.max[g])
	}
}

// Merge adds the rows of o, a state of the same shape.
func (s *State) Merge(o *State) {
	for g := range s.g {
		top := max(s.max[g], o.max[g])
		if math.IsInf(float64(top), -1) {
			continue // neither has rows
		}
		a := float32(math.Exp(float64(s.max[g] - top)))
		b := float32(math.Exp(float64(o.max[g] - top)))
		s.max[g], s.sum[g] = top, s.sum[g]*a+o.sum[g]*b
		out := s.out[g*s.dim:][:s.dim]
		vec.Scale(out, a)
		vec.AXPY(out, b, o.out[g*s.dim:][:s.dim])
	}
}

// Finish writes the outputs [G][dim]. sinks [G], or nil, are scores that join
// the softmax without a value. Without rows the output is 0.
func (s *State) Finish(dst, sinks []float32) {
	for g := range s.g {
		out := s.out[g*s.dim:][:s.dim]
		sum := float64(s.sum[g])
		if sum == 0 {
			clear(dst[g*s.dim:][:s.dim])
			continue
		}
		if sinks != nil {
			sum += math.Exp(float64(sinks[g] - s.max[g]))
		}
		copy(dst[g*s.dim:][:s.dim], out)
		vec.Scale(dst[g*s.dim:][:s.dim], float32(1/sum))
	}
}
