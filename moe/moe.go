package moe

import (
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
)

// Layer is a feed-forward sublayer: immutable, shared by sessions.
type Layer struct {
	Config  Config
	Weights *Weights
}

// NewLayer joins a config and its weights.
func NewLayer(c Config, w *Weights) *Layer { return &Layer{c, w} }

// Chooser replaces the experts the router chose, so that synthetic weights can
// be measured under a stated routing. Weights still come from the scores.
type Chooser interface {
	// Choose fills ids [tokens][TopK]; the ids of a token are distinct.
	Choose(ids []int32, tokens int)
}

// Scratch is the working memory of a forward pass, shared by all layers of a
// model. It grows on first use.
type Scratch struct {
	pool    *hw.Pool
	region  *matmul.Region
	logits  []float32 // [T][Experts]
	choice  []float32 // [Experts]
	ids     []int32   // [T][TopK]
	weights []float32 // [T][TopK]

	input  matmul.Input // all rows: router and shared expert, and experts when T = 1
	groups groups
	runs   []run // one per expert hit, the shared one last

	// Between the regions: what workers share out, and their tasks, bound once.
	layer                     *Layer
	x, y                      []float32
	gather, quantise, combine func(worker, i int)
}

// combineCols is how many columns of y one task adds up: few enough that two workers
// share one row, many enough to be worth a claim.
const combineCols = 1024

// run is one expert's work in a pass.
type run struct {
	expert *Expert
	act    vec.Activation
	inter  int
	slots  []int32       // rows of the pass's output buffer, [n]
	in     *matmul.Input // its rows of x
	own    matmul.Input  // in, when it is not shared
	rows   []int32       // which rows of x own holds
	hidden matmul.Input  // its rows of h
	h      []float32     // [n][padded(inter)]
	out    []float32     // [n][Hidden]
}

// NewScratch makes empty scratch for a pool.
func NewScratch(pool *hw.Pool) *Scratch {
	s := &Scratch{pool: pool, region: matmul.NewRegion(pool)}
	s.gather, s.quantise, s.combine = s.gatherRun, s.quantiseRun, s.combineColumns
	return s
}

// Routes are the experts [T][TopK] the last pass used, and their weights.
func (s *Scratch) Routes() (ids []int32, weights []float32) { return s.ids, s.weights }

// Forward computes y = ffn(x) for T rows:
//
//	route; group rows by expert
//	region 1: h = act(gate x) * up x   for every expert hit, and the shared one
//	region 2: out = down h
//	y[t] = sum over the token's experts of weight * (out + bias), + shared
//
// tokens are the rows' ids (hash routing only). choose may be nil.
func (l *Layer) Forward(s *Scratch, y, x []float32, tokens []int32, choose Chooser) {
	c := l.Config
	t := len(x) / c.Hidden
	s.layer, s.x, s.y = l, x, y[:t*c.Hidden]
	s.input.Reset(t, c.Hidden)
	if c.Experts > 0 {
		l.route(s, x, tokens, choose)
	} else {
		s.ids, s.weights = kernels.Grow(s.ids, t), kernels.Grow(s.weights, t)
		for i := range s.ids {
			s.ids[i], s.weights[i] = 0, 1
		}
	}
	s.groups.sort(s.ids, c.routed())
	l.plan(s, x, t)
	if t > 1 {
		s.pool.Run(len(s.runs), s.gather)
	}
	for i := range s.runs {
		r := &s.runs[i]
		s.region.Add(matmul.Job{W: r.expert.GateUp, X: r.in, Bias: r.expert.GateUpBias, Then: r})
	}
	s.region.Run()
	s.pool.Run(len(s.runs), s.quantise)
	for i := range s.runs {
		r := &s.runs[i]
		s.region.Add(matmul.Job{W: r.expert.Down, X: &r.hidden, Y: r.out, Stride: c.Hidden, Bias: r.expert.DownBias})
	}
	s.region.Run()
	s.pool.Run((c.Hidden+combineCols-1)/combineCols, s.combine)
}

// route fills s.ids and s.weights.
func (l *Layer) route(s *Scratch, x []float32, tokens []int32, choose Chooser) {
	c, w := l.Config, l.Weights
	t, k := s.input.T, c.Router.TopK
	s.region.Set(&s.input, x, c.Hidden, c.Hidden, nil, t, w.Router.Format)
	s.logits, s.choice = kernels.Grow(s.logits, t*c.Experts), kernels.Grow(s.choice, c.Experts)
	s.ids, s.weights = kernels.Grow(s.ids, t*k), kernels.Grow(s.weights, t*k)
	s.region.Add(matmul.Job{W: w.Router, X: &s.input, Y: s.logits, Stride: c.Experts, Bias: w.RouterBias})
	s.region.Run()
	if choose != nil {
		choose.Choose(s.ids, t)
	}
	for i := range t {
		var fixed []int32
		switch {
		case choose != nil:
			fixed = s.ids[i*k : (i+1)*k]
		case c.Router.Hash:
			fixed = w.Hash[int(tokens[i])*k:][:k]
		}
		c.Router.Route(s.ids[i*k:(i+1)*k], s.weights[i*k:(i+1)*k], s.logits[i*c.Experts:(i+1)*c.Experts], s.choice, w.SelectionBias, fixed)
	}
}

// plan sets up a run for every expert hit and for the shared expert.
func (l *Layer) plan(s *Scratch, x []float32, t int) {
	c, n := l.Config, 0
	s.runs = kernels.Grow(s.runs, c.routed()+1)
	for e := range c.routed() {
		if slots := s.groups.of(e); len(slots) > 0 {
			s.runs[n].set(s, &l.Weights.Experts[e], c.Act, c.Inter, c.Hidden, x, slots, c.topK(), t)
			n++
		}
	}
	if l.Weights.Shared != nil {
		s.runs[n].set(s, l.Weights.Shared, c.SharedAct, c.SharedInter, c.Hidden, x, nil, 1, t)
		n++
	}
	s.runs = s.runs[:n]
}

// set prepares a run over the rows slots/k of x; nil means all t rows.
func (r *run) set(s *Scratch, e *Expert, act vec.Activation, inter, hidden int, x []float32, slots []int32, k, t int) {
	r.expert, r.act, r.inter, r.slots, r.rows = e, act, inter, slots, r.rows[:0]
	n := t
	if slots == nil || t == 1 {
		r.in = &s.input
		if !s.input.Has(e.GateUp.Format) {
			s.region.Set(&s.input, x, hidden, hidden, nil, t, e.GateUp.Format)
		}
	} else {
		n = len(slots)
		for _, slot := range slots {
			r.rows = append(r.rows, slot/int32(k))
		}
		r.in = &r.own
		r.own.Reset(n, hidden)
	}
	r.h, r.out = kernels.Grow(r.h, n*padded(inter)), kernels.Grow(r.out, n*hidden)
}

// gatherRun converts the rows of x that are run i's own.
func (s *Scratch) gatherRun(_, i int) {
	if r := &s.runs[i]; r.in == &r.own {
		hidden := s.layer.Config.Hidden
		r.own.Set(s.x, hidden, hidden, r.rows, len(r.rows), r.expert.GateUp.Format)
	}
}

// Finish computes h for the rows panels [p0, p1) of GateUp cover.
func (r *run) Finish(gateUp []float32, stride, p0, p1 int) {
	vec.SwiGLU(r.h[p0/2*kernels.PanelRows:], gateUp, r.in.T, (p1-p0+1)/2, padded(r.inter), stride, r.act)
}

// quantiseRun converts run i's h to the form its down matrix reads.
func (s *Scratch) quantiseRun(_, i int) {
	r := &s.runs[i]
	r.hidden.Reset(r.in.T, r.inter)
	r.hidden.Set(r.h, padded(r.inter), r.inter, nil, r.in.T, r.expert.Down.Format)
}

// combineColumns adds up some columns of the experts of every token, in ascending
// expert order, then the shared one.
func (s *Scratch) combineColumns(_, i int) {
	c := s.layer.Config
	from, to := i*combineCols, min((i+1)*combineCols, c.Hidden)
	for at := 0; at < len(s.y); at += c.Hidden {
		clear(s.y[at+from : at+to])
	}
	for i := range s.runs {
		r := &s.runs[i]
		for j := range r.in.T {
			out := r.out[j*c.Hidden+from : j*c.Hidden+to]
			if r.slots == nil {
				vec.Add(s.y[j*c.Hidden+from:][:to-from], out)
				continue
			}
			slot := r.slots[j]
			token := int(slot) / c.topK()
			vec.AXPY(s.y[token*c.Hidden+from:][:to-from], s.weights[slot], out)
		}
	}
}
