package vec

import (
	"math"

	"moebench/kernels"
)

// ActKind names the gated activations of the models.
type ActKind uint8

// The kinds, with g the gate and u the up value.
const (
	SiLU        ActKind = iota // g sigmoid(g) u                              (Llama and most others)
	ClampedSiLU                // the same, after g = min(g, L), u = clamp(u, -L, L)      (DeepSeek V4: swiglu_limit)
	GPTOSS                     // (u + 1) g sigmoid(alpha g), clamped likewise (gpt-oss: swiglu_limit)
)

// Activation is a kind with its constants.
type Activation struct {
	Kind         ActKind
	Limit, Alpha float32 // not used by SiLU; Alpha by GPTOSS only
}

// gate is the one formula behind all kinds: (u + offset) g sigmoid(alpha g) with
// g = min(g, limit) and u = clamp(u, -limit, limit).
type gate struct{ limit, alpha, offset float32 }

func (a Activation) gate() gate {
	switch a.Kind {
	case ClampedSiLU:
		return gate{a.Limit, 1, 0}
	case GPTOSS:
		return gate{a.Limit, a.Alpha, 1}
	}
	return gate{float32(math.Inf(1)), 1, 0}
}

// SwiGLU computes h = act(g, u) for rows of 16 gate values and rows of 16 up values, as they
// come from a product of pairs of panels: with g = gateUp[(2p*rows+t)*16+i] and u =
// gateUp[((2p+1)*rows+t)*16+i], h[t*stride+p*16+i] = act(g, u) for t < rows and i < 16. The
// result is within 2^-20 of its exact value, relatively.
func SwiGLU(h, gateUp []float32, rows, stride int, a Activation) {
	if pair := 2 * rows * width; pair > 0 && len(gateUp) >= pair {
		pairs := len(gateUp) / pair
		swiglu.Best()(h[:(rows-1)*stride+pairs*width], gateUp[:pairs*pair], rows, stride, a.gate())
	}
}

type swigluFunc func(h, gateUp []float32, rows, stride int, p gate)

var swiglu = kernels.NewSet[swigluFunc]("vec/swiglu", swigluRef)

func swigluRef(h, gateUp []float32, rows, stride int, p gate) {
	for i := range len(gateUp) / (2 * rows * width) {
		h, pair := h[i*width:], gateUp[2*i*rows*width:]
		for t := range rows {
			dst, gates, ups := h[t*stride:][:width], pair[t*width:][:width], pair[(rows+t)*width:][:width]
			for i := range dst {
				g, u := min(gates[i], p.limit), min(max(ups[i], -p.limit), p.limit)
				dst[i] = (u + p.offset) * g * sigmoid(p.alpha*g)
			}
		}
	}
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// Sigmoid computes dst[i] = 1 / (1 + exp(-x[i])). dst may be x.
func Sigmoid(dst, x []float32) {
	n := len(x) &^ (width - 1)
	if n > 0 {
		sigmoids.Best()(dst[:n], x[:n])
	}
	if n < len(x) {
		sigmoidRef(dst[n:], x[n:])
	}
}

var sigmoids = kernels.NewSet("vec/sigmoid", sigmoidRef)

func sigmoidRef(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid(v)
	}
}

// SqrtSoftplus replaces x by sqrt(log(1 + exp(x))), the score of DeepSeek V4's routers,
// without overflow, and computes sum = x + add, by which they choose; sum is scratch if
// add is nil. Each score is within 2 units in the last place, but within 2^-63 where
// exp(x) is no normal number.
func SqrtSoftplus(x, sum, add []float32) {
	if add == nil {
		add = sum
	}
	n := len(x) &^ (width - 1)
	if n > 0 {
		sqrtSoftplus.Best()(x[:n], sum[:n], add[:n])
	}
	if n < len(x) {
		sqrtSoftplusRef(x[n:], sum[n:], add[n:])
	}
}

var sqrtSoftplus = kernels.NewSet("vec/sqrtsoftplus", sqrtSoftplusRef)

func sqrtSoftplusRef(x, sum, add []float32) {
	for i, v := range x {
		a := float64(v)
		x[i] = float32(math.Sqrt(math.Max(a, 0) + math.Log1p(math.Exp(-math.Abs(a)))))
		sum[i] = x[i] + add[i]
	}
}
