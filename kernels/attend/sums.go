package attend

import (
	"math"

	"moebench/kernels"
	"moebench/kernels/vec"
)

// Sums are what G queries have found: the result of a softmax that goes on.
type Sums struct {
	g, value int       // queries, and elements of a value: the first ones of a row
	max, sum []float32 // [G] and padding: what weights are relative to, and their sum
	out      []float32 // [G][value] and padding
}

// Queries is the number of queries.
func (s *Sums) Queries() int { return s.g }

// Give hands over the sums and takes the memory of sum instead, to be Reset: of many
// pieces each has its sums, but those who work on them one after the other keep all else,
// in their caches.
func (s *State) Give(sum *Sums) { s.Sums, *sum = *sum, s.Sums }

// Part is the queries [from, to) of s, to be merged or finished beside others.
func (s *Sums) Part(from, to int) Sums {
	return Sums{to - from, s.value, s.max[from:to], s.sum[from:to], s.out[from*s.value : to*s.value]}
}

// Merge adds the rows of others, one after the other, of which query from and on are those
// of s. A query's sums stay in the first-level cache while those of others pass by; these may be
// in caches of other cores, and are asked for one ahead.
func (s *Sums) Merge(from int, others ...Sums) {
	fetch := vec.Fetch.Best()
	for i := range others {
		o := others[i].Part(from, from+s.g)
		fetch(kernels.FloatBytes(o.max))
		fetch(kernels.FloatBytes(o.sum))
	}
	for g := range s.g {
		for i := range others {
			if next := g*len(others) + i + 1; next < s.g*len(others) {
				fetch(kernels.FloatBytes(others[next%len(others)].values(from + next/len(others))))
			}
			s.merge(g, &others[i], from+g)
		}
	}
}

// merge adds to query g what o found for query h.
func (s *Sums) merge(g int, o *Sums, h int) {
	out := s.values(g)
	switch {
	case o.sum[h] == 0: // no rows: there are no sums either
		return
	case s.sum[g] == 0:
		s.max[g], s.sum[g] = o.max[h], o.sum[h]
		copy(out, o.values(h))
		return
	}
	a, b := s.join(g, o, h)
	if a != 1 {
		vec.Scale(out, a)
	}
	vec.AXPY(out, b, o.values(h))
}

// join adds to query g the sum of weights that o found for query h. It returns by what their sums
// of values are to be multiplied, one of them by 1.
func (s *Sums) join(g int, o *Sums, h int) (a, b float32) {
	a, b = 1, 1
	if d := float64(o.max[h] - s.max[g]); d > 0 {
		a, s.max[g] = float32(math.Exp(-d)), o.max[h]
	} else {
		b = float32(math.Exp(d))
	}
	s.sum[g] = s.sum[g]*a + o.sum[h]*b
	return a, b
}

// values are the weighted sum of query g.
func (s *Sums) values(g int) []float32 { return s.out[g*s.value:][:s.value] }

// Finish writes the outputs [G][n], the first n elements of each value. sinks [G], or nil,
// are scores that join the softmax without a value. Without rows the output is 0.
func (s *Sums) Finish(dst, sinks []float32) {
	n := len(dst) / s.g
	for g := range s.g {
		out, sum := dst[g*n:][:n], float64(s.sum[g])
		if sum == 0 {
			clear(out)
			continue
		}
		if sinks != nil {
			sum += math.Exp(float64(sinks[g] - s.max[g]))
		}
		copy(out, s.values(g))
		vec.Scale(out, float32(1/sum))
	}
}
