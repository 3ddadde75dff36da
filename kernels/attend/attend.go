package attend

import (
	"encoding/binary"
	"math"

	"moebench/kernels"
)

type State struct {
	g, dim   int
	max, sum []float32
	out      []float32
	row      []float32
}

func NewState(g, dim int) *State { s := &State{}; s.Reset(g, dim); return s }

func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

func (s *State) Reset(g, dim int) {
	s.g, s.dim = g, dim
	s.max, s.sum, s.out, s.row = grow(s.max, g), grow(s.sum, g), grow(s.out, g*dim), grow(s.row, dim)
	for i := range s.max {
		s.max[i], s.sum[i] = float32(math.Inf(-1)), 0
	}
	clear(s.out)
}

func decode(dst []float32, b []byte, f kernels.Format) {
	for i := range dst {
		if f == kernels.BF16 {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16)
		} else {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
}

func (s *State) Add(q []float32, k, v []byte, f kernels.Format, n int) {
	size := s.dim * f.Bits() / 8
	p := make([]float32, s.g)
	for r := range n {
		decode(s.row, k[r*size:], f)
		for g := range s.g {
			var z float32
			for i, x := range s.row {
				z += x * q[g*s.dim+i]
			}
			if z > s.max[g] {
				c := float32(math.Exp(float64(s.max[g] - z)))
				s.max[g] = z
				s.sum[g] *= c
				for i := range s.dim {
					s.out[g*s.dim+i] *= c
				}
			}
			p[g] = float32(math.Exp(float64(z - s.max[g])))
			s.sum[g] += p[g]
		}
		decode(s.row, v[r*size:], f)
		for g := range s.g {
			for i, x := range s.row {
				s.out[g*s.dim+i] += p[g] * x
			}
		}
	}
}

func (s *State) Merge(o *State) {
	for g := range s.g {
		m := max(s.max[g], o.max[g])
		if math.IsInf(float64(m), -1) {
			continue
		}
		a, b := float32(math.Exp(float64(s.max[g]-m))), float32(math.Exp(float64(o.max[g]-m)))
		s.max[g], s.sum[g] = m, s.sum[g]*a+o.sum[g]*b
		for i := range s.dim {
			at := g*s.dim + i
			s.out[at] = s.out[at]*a + o.out[at]*b
		}
	}
}

func (s *State) Finish(dst []float32, sinks []float32) {
	for g := range s.g {
		sum := float64(s.sum[g])
		if sinks != nil {
			sum += math.Exp(float64(sinks[g] - s.max[g]))
		}
		for i := range s.dim {
			at := g*s.dim + i
			if dst[at] = 0; s.sum[g] > 0 {
				dst[at] = float32(float64(s.out[at]) / sum)
			}
		}
	}
}
