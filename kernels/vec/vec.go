package vec

import "math"

// RMSNorm computes dst = weight * x / sqrt(mean(x^2) + eps).
func RMSNorm(dst, x, weight []float32, eps float32) {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	scale := float32(1 / math.Sqrt(sum/float64(len(x))+float64(eps)))
	for i, v := range x {
		y := v * scale
		if weight != nil {
			y *= weight[i]
		}
		dst[i] = y
	}
}

func Exp(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Exp(float64(v)))
	}
}

func Softmax(x []float32) {
	top := float32(math.Inf(-1))
	for _, v := range x {
		top = max(top, v)
	}
	var sum float64
	for i, v := range x {
		e := math.Exp(float64(v - top))
		x[i] = float32(e)
		sum += e
	}
	for i := range x {
		x[i] = float32(float64(x[i]) / sum)
	}
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func Sigmoid(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid(v)
	}
}

func SqrtSoftplus(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Sqrt(math.Max(float64(v), 0) + math.Log1p(math.Exp(-math.Abs(float64(v))))))
	}
}

type ActKind uint8

const (
	SiLU ActKind = iota
	ClampedSiLU
	GPTOSS
)

type Activation struct {
	Kind         ActKind
	Limit, Alpha float32
}

func SwiGLU(dst, gate, up []float32, a Activation) {
	for i := range dst {
		g, u := gate[i], up[i]
		if a.Kind != SiLU {
			g, u = min(g, a.Limit), min(max(u, -a.Limit), a.Limit)
		}
		if a.Kind == GPTOSS {
			dst[i] = (u + 1) * g * sigmoid(a.Alpha*g)
		} else {
			dst[i] = g * sigmoid(g) * u
		}
	}
}

func Add(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}

func AXPY(dst []float32, a float32, x []float32) {
	for i, v := range x {
		dst[i] += a * v
	}
}

func Dot(a, b []float32) float32 {
	var s float32
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

type Yarn struct {
	Factor, BetaFast, BetaSlow, Magnitude float64
	Original                              int
	NoTruncate                            bool
}

type RopeConfig struct {
	Theta       float64
	Dim         int
	Interleaved bool
	Yarn        Yarn
}

type RopeTable struct {
	c    RopeConfig
	freq []float64
	mag  float64
}

func NewRopeTable(c RopeConfig) *RopeTable {
	t := &RopeTable{c: c, freq: make([]float64, c.Dim/2), mag: 1}
	for i := range t.freq {
		t.freq[i] = math.Pow(c.Theta, -2*float64(i)/float64(c.Dim))
	}
	if y := c.Yarn; y.Factor > 0 {
		if y.Magnitude > 0 {
			t.mag = y.Magnitude
		}
		cd := func(r float64) float64 {
			return float64(c.Dim) * math.Log(float64(y.Original)/(r*2*math.Pi)) / (2 * math.Log(c.Theta))
		}
		lo, hi := cd(y.BetaFast), cd(y.BetaSlow)
		if !y.NoTruncate {
			lo, hi = math.Floor(lo), math.Ceil(hi)
		}
		lo, hi = math.Max(lo, 0), math.Min(hi, float64(c.Dim-1))
		if lo == hi {
			hi += 0.001
		}
		for i, f := range t.freq {
			ramp := math.Min(math.Max((float64(i)-lo)/(hi-lo), 0), 1)
			t.freq[i] = f*(1-ramp) + f/y.Factor*ramp
		}
	}
	return t
}

func (t *RopeTable) Rotate(x []float32, pos int, inverse bool) {
	h := t.c.Dim / 2
	for i, f := range t.freq {
		s, c := math.Sincos(float64(pos) * f)
		if inverse {
			s = -s
		}
		s, c = s*t.mag, c*t.mag
		j, k := i, i+h
		if t.c.Interleaved {
			j, k = 2*i, 2*i+1
		}
		a, b := float64(x[j]), float64(x[k])
		x[j], x[k] = float32(a*c-b*s), float32(a*s+b*c)
	}
}
