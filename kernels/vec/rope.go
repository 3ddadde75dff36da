package vec

import (
	"math"

	"moebench/kernels"
)

// RopeConfig describes a rotary position embedding. It is comparable.
type RopeConfig struct {
	Theta       float64 // rope_theta
	Dim         int     // dimensions rotated, even; a head may have more
	Interleaved bool    // pairs (2i, 2i+1); otherwise (i, i + Dim/2)
	Yarn        Yarn
	Llama3      Llama3
}

// Yarn stretches the frequencies of a longer context (YaRN, arXiv 2309.00071;
// rope_scaling type "yarn"). Factor 0 means none.
type Yarn struct {
	Factor             float64 // factor
	Original           int     // original_max_position_embeddings
	BetaFast, BetaSlow float64 // beta_fast, beta_slow
	Magnitude          float64 // multiplies cos and sin; 0 means 1
	NoTruncate         bool    // truncate: false
}

// Llama3 is the frequency scaling of Llama 3.1 (rope_scaling type "llama3").
// Factor 0 means none.
type Llama3 struct {
	Factor    float64 // factor
	Low, High float64 // low_freq_factor, high_freq_factor
	Original  int     // original_max_position_embeddings
}

// RopeTable holds the frequencies of a config; it is read-only.
type RopeTable struct {
	config    RopeConfig
	frequency []float64 // [Dim/2], radians per position
}

// NewRopeTable computes frequency i = Theta^(-2i/Dim), stretched as configured.
func NewRopeTable(c RopeConfig) *RopeTable {
	t := &RopeTable{config: c, frequency: make([]float64, c.Dim/2)}
	for i := range t.frequency {
		t.frequency[i] = math.Pow(c.Theta, -2*float64(i)/float64(c.Dim))
	}
	if c.Yarn.Factor > 0 {
		c.Yarn.stretch(t.frequency, c.Theta)
	}
	if c.Llama3.Factor > 0 {
		c.Llama3.stretch(t.frequency)
	}
	return t
}

// stretch divides frequencies by Factor, fully where a dimension turns fewer
// than BetaSlow times over the original context, not at all above BetaFast
// turns, and by a ramp between.
func (y Yarn) stretch(frequency []float64, theta float64) {
	dim := float64(2 * len(frequency))
	// turnsAt is the (fractional) pair that turns r times in Original positions.
	turnsAt := func(r float64) float64 {
		return dim * math.Log(float64(y.Original)/(r*2*math.Pi)) / (2 * math.Log(theta))
	}
	low, high := turnsAt(y.BetaFast), turnsAt(y.BetaSlow)
	if !y.NoTruncate {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = math.Max(low, 0), math.Min(high, dim-1)
	if low == high {
		high += 0.001 // as the published code does, against division by zero
	}
	for i, f := range frequency {
		ramp := math.Min(math.Max((float64(i)-low)/(high-low), 0), 1)
		frequency[i] = f*(1-ramp) + f/y.Factor*ramp
	}
}

// stretch divides low frequencies by Factor and blends those between.
func (l Llama3) stretch(frequency []float64) {
	for i, f := range frequency {
		turns := float64(l.Original) * f / (2 * math.Pi)
		smooth := math.Min(math.Max((turns-l.Low)/(l.High-l.Low), 0), 1)
		frequency[i] = f/l.Factor*(1-smooth) + f*smooth
	}
}

// Angles writes cos and sin of every pair at a position to cs [Dim]: cosines
// first, then sines.
func (t *RopeTable) Angles(cs []float32, pos int) {
	magnitude := t.config.Yarn.Magnitude
	if magnitude == 0 {
		magnitude = 1
	}
	half := len(t.frequency)
	for i, f := range t.frequency {
		sin, cos := math.Sincos(float64(pos) * f)
		cs[i], cs[half+i] = float32(cos*magnitude), float32(sin*magnitude)
	}
}

// Rotate turns the pairs of x [Dim] by the angles cs, backwards if inverse:
// (a, b) -> (a cos - b sin, a sin + b cos).
func (t *RopeTable) Rotate(x, cs []float32, inverse bool) {
	half, sign := len(t.frequency), float32(1)
	if inverse {
		sign = -1
	}
	rotate, set := rotateHalvesRef, rotateHalves
	if t.config.Interleaved {
		rotate, set = rotatePairsRef, rotatePairs
	}
	if half%8 == 0 {
		rotate = set.Best()
	}
	rotate(x[:2*half], cs[:half], cs[half:2*half], sign)
}

// A rotateFunc turns pairs by angles of these cosines and sines, the sines times sign.
type rotateFunc func(x, cos, sin []float32, sign float32)

// Kernels of pairs (i, i + half) and (2i, 2i+1), for multiples of 8 of them.
var (
	rotateHalves = kernels.NewSet[rotateFunc]("vec/rotate-halves", rotateHalvesRef)
	rotatePairs  = kernels.NewSet[rotateFunc]("vec/rotate-pairs", rotatePairsRef)
)

func rotateHalvesRef(x, cos, sin []float32, sign float32) {
	front, back := x[:len(cos)], x[len(cos):]
	for i, a := range front {
		b, s := back[i], sign*sin[i]
		front[i], back[i] = a*cos[i]-b*s, a*s+b*cos[i]
	}
}

func rotatePairsRef(x, cos, sin []float32, sign float32) {
	for i := range cos {
		a, b, s := x[2*i], x[2*i+1], sign*sin[i]
		x[2*i], x[2*i+1] = a*cos[i]-b*s, a*s+b*cos[i]
	}
}
