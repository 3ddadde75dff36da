package moe

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"moebench/kernels"
)

// Routing is a named way to choose experts for synthetic runs.
type Routing struct {
	name  string  // router, uniform, zipf, sticky, trace
	param float64 // exponent of zipf; probability of sticky
	Path  string  // of a trace
	trace *Trace
}

// Parameters used when none is given: an exponent that makes a few experts hot,
// and the share of experts that repeat at the next token in measured traces.
const (
	defaultZipf   = 1.0
	defaultSticky = 0.45
)

// own is the routing that leaves the choice to the router's scores.
const own = "router"

// ParseRouting reads router (its own choice), uniform, zipf, zipf:S, sticky, sticky:P
// or trace:FILE. The file is not opened here: see WithTrace.
func ParseRouting(text string) (Routing, error) {
	name, arg, has := strings.Cut(text, ":")
	r := Routing{name: name}
	fail := func() (Routing, error) {
		return r, fmt.Errorf("unknown routing %q: want router, uniform, zipf[:S] with S > 0, sticky[:P] with 0 <= P <= 1, or trace:FILE", text)
	}
	switch name {
	case "uniform", own:
		if has {
			return fail()
		}
		return r, nil
	case "trace":
		r.Path = arg
		if arg == "" {
			return fail()
		}
		return r, nil
	case "zipf":
		r.param = defaultZipf
	case "sticky":
		r.param = defaultSticky
	default:
		return fail()
	}
	if has {
		p, err := strconv.ParseFloat(arg, 64)
		if err != nil || math.IsNaN(p) || p < 0 || name == "sticky" && p > 1 || name == "zipf" && (p == 0 || p > 10) {
			return fail()
		}
		r.param = p
	}
	return r, nil
}

// WithTrace gives a trace routing its choices.
func (r Routing) WithTrace(t *Trace) Routing { r.trace = t; return r }

// Deals says whether experts are dealt like cards, all of them before any comes again.
func (r Routing) Deals() bool { return r.name == "uniform" }

// Chooser makes a chooser of topK of experts, its own for every seed and layer.
func (r Routing) Chooser(seed uint64, layer, experts, topK int) (Chooser, error) {
	base := random{kernels.Mix(seed + uint64(layer)*kernels.Golden)}
	switch r.name {
	case own:
		return nil, nil
	case "zipf":
		return newZipf(base, r.param, experts, topK), nil
	case "sticky":
		return &sticky{uniform: newUniform(base, experts, topK), keep: r.param, last: make([]int32, topK)}, nil
	case "trace":
		if r.trace == nil {
			return nil, fmt.Errorf("routing trace:%s was not read", r.Path)
		}
		return r.trace.chooser(layer, experts, topK)
	}
	u := newUniform(base, experts, topK)
	return &u, nil
}

// random is a generator that gives the same numbers everywhere.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += kernels.Golden
	return kernels.Mix(r.state)
}

// below is uniform in [0, n), n < 2^32.
func (r *random) below(n int) int { return int(r.next() >> 32 * uint64(n) >> 32) }

// float is uniform in [0, 1).
func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// uniform deals the experts like cards: every expert comes once before any
// comes again, so that a token's experts are as far from the cache as can be.
type uniform struct {
	random
	deck []int32
	at   int
	topK int
}

func newUniform(r random, experts, topK int) uniform {
	u := uniform{random: r, deck: make([]int32, experts), at: experts, topK: topK}
	for i := range u.deck {
		u.deck[i] = int32(i)
	}
	return u
}

// Choose deals topK distinct experts to every token.
func (u *uniform) Choose(ids []int32, tokens int) {
	for t := range tokens {
		u.deal(ids[t*u.topK : (t+1)*u.topK])
	}
}

// deal fills ids from index from on; a card already in ids goes back further down.
func (u *uniform) deal(ids []int32) {
	for i := range ids {
		if u.at == len(u.deck) {
			u.shuffle()
		}
		for j := u.at; slices.Contains(ids[:i], u.deck[u.at]) && j+1 < len(u.deck); j++ {
			u.deck[u.at], u.deck[j+1] = u.deck[j+1], u.deck[u.at]
		}
		if slices.Contains(ids[:i], u.deck[u.at]) { // only used ones are left of this deck
			u.shuffle()
			for slices.Contains(ids[:i], u.deck[u.at]) {
				j := u.at + u.below(len(u.deck)-u.at)
				u.deck[u.at], u.deck[j] = u.deck[j], u.deck[u.at]
			}
		}
		ids[i] = u.deck[u.at]
		u.at++
	}
}

func (u *uniform) shuffle() {
	for i := len(u.deck) - 1; i > 0; i-- {
		j := u.below(i + 1)
		u.deck[i], u.deck[j] = u.deck[j], u.deck[i]
	}
	u.at = 0
}

// zipf draws without replacement with probability 1/rank^s, the ranks in a
// random order of the experts.
type zipf struct {
	random
	logWeight []float64 // of every expert
	key       []float64
	order     []int32
	topK      int
}

func newZipf(r random, s float64, experts, topK int) *zipf {
	z := &zipf{random: r, logWeight: make([]float64, experts), key: make([]float64, experts), order: make([]int32, experts), topK: topK}
	ranks := newUniform(r, experts, experts)
	ranks.deal(z.order)
	for rank, e := range z.order {
		z.logWeight[e] = -s * math.Log(float64(rank+1))
	}
	return z
}

// Choose takes the topK largest log weight + Gumbel noise: that is sampling
// without replacement (Vieira 2014).
func (z *zipf) Choose(ids []int32, tokens int) {
	for t := range tokens {
		for e := range z.key {
			z.key[e] = z.logWeight[e] - math.Log(-math.Log(z.float()+0x1p-54))
			z.order[e] = int32(e)
		}
		slices.SortFunc(z.order, func(a, b int32) int { return cmp.Compare(z.key[b], z.key[a]) })
		copy(ids[t*z.topK:(t+1)*z.topK], z.order)
	}
}

// sticky keeps each expert of the token before with a probability and deals the
// others anew.
type sticky struct {
	uniform
	keep  float64
	last  []int32
	begun bool
}

// Choose chooses for tokens in sequence.
func (s *sticky) Choose(ids []int32, tokens int) {
	for t := range tokens {
		row := ids[t*s.topK : (t+1)*s.topK]
		kept := row[:0]
		for _, id := range s.last {
			if s.begun && s.float() < s.keep {
				kept = append(kept, id)
			}
		}
		for i := len(kept); i < s.topK; i++ {
			for {
				s.deal(row[i : i+1])
				if !slices.Contains(row[:i], row[i]) {
					break
				}
			}
		}
		copy(s.last, row)
		s.begun = true
	}
}
