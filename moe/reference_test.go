package moe

import (
	"math"
	"slices"

	"moebench/kernels"
	"moebench/kernels/vec"
)

// random is a small generator of values in (-1, 1) for tests.
func (r *random) value() float32 { return float32(2*r.float() - 1) }

func (r *random) values(n int, size float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = size * r.value()
	}
	return x
}

func heap(n int64) []byte { return make([]byte, n) }

// rawExpert has the row-major matrices of an expert, for the reference.
type rawExpert struct{ gate, up, down, gateBias, upBias, downBias []float32 }

// testWeights makes random weights, packed and raw.
func testWeights(r *random, c Config, f kernels.Format) (*Weights, []rawExpert, []float32) {
	w := NewWeights(heap, c, Formats{f, f, f}, nil, 0)
	router := r.values(c.Experts*c.Hidden, 2/float32(math.Sqrt(float64(c.Hidden))))
	if c.Experts > 0 {
		must(w.Router.Pack(0, 1, kernels.FromFloats(router, c.Experts, c.Hidden)))
	}
	copy(w.RouterBias, r.values(c.Experts, 0.5))
	copy(w.SelectionBias, r.values(c.Experts, 0.5))
	var raw []rawExpert
	add := func(e *Expert, inter int) {
		size := 1.5 / float32(math.Sqrt(float64(c.Hidden)))
		x := rawExpert{gate: r.values(inter*c.Hidden, size), up: r.values(inter*c.Hidden, size), down: r.values(c.Hidden*inter, size)}
		must(e.GateUp.Pack(0, 2, kernels.FromFloats(x.gate, inter, c.Hidden)))
		must(e.GateUp.Pack(1, 2, kernels.FromFloats(x.up, inter, c.Hidden)))
		must(e.Down.Pack(0, 1, kernels.FromFloats(x.down, c.Hidden, inter)))
		if e.GateUpBias != nil {
			x.gateBias, x.upBias, x.downBias = r.values(inter, 0.3), r.values(inter, 0.3), r.values(c.Hidden, 0.3)
			copy(e.GateUpBias, FuseBias(x.gateBias, x.upBias))
			copy(e.DownBias, x.downBias)
		}
		raw = append(raw, x)
	}
	for i := range w.Experts {
		add(&w.Experts[i], c.Inter)
	}
	if w.Shared != nil {
		add(w.Shared, c.SharedInter)
	}
	return w, raw, router
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// apply is one expert in float64.
func (e rawExpert) apply(x []float64, act vec.Activation) []float64 {
	inter := len(e.gate) / len(x)
	h := make([]float64, inter)
	for i := range h {
		var g, u float64
		for k, v := range x {
			g += float64(e.gate[i*len(x)+k]) * v
			u += float64(e.up[i*len(x)+k]) * v
		}
		if e.gateBias != nil {
			g, u = g+float64(e.gateBias[i]), u+float64(e.upBias[i])
		}
		limit, alpha, offset := math.Inf(1), 1.0, 0.0
		if act.Kind != vec.SiLU {
			limit = float64(act.Limit)
		}
		if act.Kind == vec.GPTOSS {
			alpha, offset = float64(act.Alpha), 1
		}
		g, u = math.Min(g, limit), math.Max(math.Min(u, limit), -limit)
		h[i] = (u + offset) * g / (1 + math.Exp(-alpha*g))
	}
	y := make([]float64, len(x))
	for r := range y {
		for i, v := range h {
			y[r] += float64(e.down[r*inter+i]) * v
		}
		if e.downBias != nil {
			y[r] += float64(e.downBias[r])
		}
	}
	return y
}

// referenceRoute is a router in float64, by the words of the specification.
func referenceRoute(r Router, logits []float64, bias []float32) (ids []int32, weights []float64) {
	n := len(logits)
	score := make([]float64, n)
	var sum float64
	for i, l := range logits {
		switch r.Score {
		case Softmax:
			score[i] = math.Exp(l)
			sum += score[i]
		case TopKSoftmax:
			score[i] = l
		case Sigmoid:
			score[i] = 1 / (1 + math.Exp(-l))
		case SqrtSoftplus:
			score[i] = math.Sqrt(math.Log1p(math.Exp(l)))
		}
	}
	if r.Score == Softmax {
		for i := range score {
			score[i] /= sum
		}
	}
	choice := slices.Clone(score)
	for i := range choice {
		if bias != nil {
			choice[i] += float64(bias[i])
		}
	}
	if r.Groups > 1 {
		referenceGroups(r, choice)
	}
	sum = 0
	for range r.TopK {
		top := 0
		for i := range choice {
			if choice[i] > choice[top] {
				top = i
			}
		}
		ids = append(ids, int32(top))
		choice[top] = math.Inf(-1)
		w := score[top]
		if r.Score == TopKSoftmax {
			w = math.Exp(w)
		}
		weights = append(weights, w)
		sum += w
	}
	for i := range weights {
		if r.Renorm || r.Score == TopKSoftmax {
			weights[i] /= sum
		}
		if r.Scale != 0 {
			weights[i] *= float64(r.Scale)
		}
	}
	return ids, weights
}

// referenceGroups leaves the experts of the best groups.
func referenceGroups(r Router, choice []float64) {
	size := len(choice) / r.Groups
	best := make([]float64, r.Groups)
	for g := range best {
		s := slices.Sorted(slices.Values(choice[g*size : (g+1)*size]))
		best[g] = s[size-1] + s[size-2]
	}
	for g := range best {
		better := 0
		for _, b := range best {
			if b > best[g] {
				better++
			}
		}
		if better >= r.KeepGroups {
			for i := g * size; i < (g+1)*size; i++ {
				choice[i] = math.Inf(-1)
			}
		}
	}
}

// reference is the whole sublayer for one token.
func reference(c Config, raw []rawExpert, router []float32, w *Weights, x32 []float32) []float64 {
	x := make([]float64, len(x32))
	for i, v := range x32 {
		x[i] = float64(v)
	}
	y := make([]float64, c.Hidden)
	add := func(weight float64, out []float64) {
		for i, v := range out {
			y[i] += weight * v
		}
	}
	if c.Experts == 0 {
		add(1, raw[0].apply(x, c.Act))
		return y
	}
	logits := make([]float64, c.Experts)
	for e := range logits {
		for k, v := range x {
			logits[e] += float64(router[e*c.Hidden+k]) * v
		}
		if w.RouterBias != nil {
			logits[e] += float64(w.RouterBias[e])
		}
	}
	ids, weights := referenceRoute(c.Router, logits, w.SelectionBias)
	for i, id := range ids {
		add(weights[i], raw[id].apply(x, c.Act))
	}
	if c.SharedInter > 0 {
		add(1, raw[c.Experts].apply(x, c.SharedAct))
	}
	return y
}
