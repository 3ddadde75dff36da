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

	input  matmul.Input // all rows
	single matmul.Input // the same, each a tile by itself: experts of some of them have copies
	groups groups
	out    []float32 // [T*TopK] rows of all experts, in their order, and T of the shared one: [Hidden]
	runs   []run     // the experts of a pass: some of those hit, and the shared one last
	bytes  int       // of h of the runs,
	room   int       // and how many there may be

	// Between the regions: what workers share out, and their tasks, bound once.
	layer           *Layer
	y               []float32
	gather, combine func(worker, i int)
}

// A task adds up a few rows of y and these columns of them: few enough that two workers share
// one row, many enough to be worth a claim.
const (
	combineCols = 1024
	combineRows = 8
)

// run is one expert's work in a pass.
type run struct {
	expert *Expert
	act    vec.Activation
	inter  int
	in     *matmul.Input // its rows of x
	own    matmul.Input  // in, when it is not shared
	rows   []int32       // which rows of x own holds
	hidden matmul.Input  // its rows of h
	h      []float32     // [n][padded(inter)]
	out    []float32     // [n][Hidden] of those of all experts
}

// NewScratch makes empty scratch for a pool.
func NewScratch(pool *hw.Pool) *Scratch {
	s := &Scratch{pool: pool, region: matmul.NewRegion(pool), room: passBytes}
	s.gather, s.combine = s.gatherRun, s.combineTask
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
// Both regions are run for as many experts at a time as passBytes allows.
//
// tokens are the rows' ids (hash routing only). choose may be nil.
func (l *Layer) Forward(s *Scratch, y, x []float32, tokens []int32, choose Chooser) {
	c := l.Config
	t := len(x) / c.Hidden
	s.layer, s.y = l, y[:t*c.Hidden]
	s.input.Reset(x, c.Hidden, c.Hidden, nil, t)
	s.single.ResetSingle(x, c.Hidden, c.Hidden, t)
	if c.Experts > 0 {
		l.route(s, tokens, choose)
	} else {
		s.ids, s.weights = kernels.Grow(s.ids, t), kernels.Grow(s.weights, t)
		for i := range s.ids {
			s.ids[i], s.weights[i] = 0, 1
		}
	}
	s.groups.sort(s.ids, c.topK(), c.routed())
	rows := len(s.ids)
	if l.Weights.Shared != nil {
		rows += t
	}
	s.out = kernels.Grow(s.out, rows*c.Hidden)
	s.runs = kernels.Grow(s.runs, c.routed()+1)[:0]
	out := s.out
	for e := range c.routed() {
		if slots := s.groups.of(e); len(slots) > 0 {
			out = s.add(&l.Weights.Experts[e], c.Act, c.Inter, slots, out)
		}
	}
	if l.Weights.Shared != nil {
		s.add(l.Weights.Shared, c.SharedAct, c.SharedInter, nil, out)
	}
	s.pass()
	s.pool.Run((t+combineRows-1)/combineRows*s.columns(), s.combine)
}

// passBytes is how large all rows of h may be that the experts of a pass leave behind: what one
// worker wrote should still be in a cache when the next one reads it.
const passBytes = 4 << 20

// add plans an expert's work over the rows of slots, nil for all rows, and first runs what is
// planned if there is no room for more. Its outputs come first in out; what follows is returned.
func (s *Scratch) add(e *Expert, act vec.Activation, inter int, slots []int32, out []float32) []float32 {
	rows := s.input.T
	if slots != nil {
		rows = len(slots)
	}
	bytes := 4 * rows * padded(inter)
	if s.bytes+bytes > s.room && len(s.runs) > 0 {
		s.pass()
	}
	s.bytes += bytes
	n := rows * s.layer.Config.Hidden
	s.runs = s.runs[:len(s.runs)+1]
	s.runs[len(s.runs)-1].set(s, e, act, inter, slots, out[:n])
	return out[n:]
}

// pass has the experts planned make outputs of their rows.
func (s *Scratch) pass() {
	c := s.layer.Config
	if s.input.T > 1 {
		s.pool.Run(len(s.runs), s.gather)
	}
	for i := range s.runs {
		r := &s.runs[i]
		s.region.Add(matmul.Job{W: r.expert.GateUp, X: r.in, Bias: r.expert.GateUpBias, Then: r})
	}
	s.region.Run()
	for i := range s.runs {
		r := &s.runs[i]
		s.region.Add(matmul.Job{W: r.expert.Down, X: &r.hidden, Y: r.out, Stride: c.Hidden, Bias: r.expert.DownBias})
	}
	s.region.Run()
	s.runs, s.bytes = s.runs[:0], 0
}

// route fills s.ids and s.weights.
func (l *Layer) route(s *Scratch, tokens []int32, choose Chooser) {
	c, w := l.Config, l.Weights
	t, k := s.input.T, c.Router.TopK
	s.region.Set(&s.input, w.Router.Format)
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

// set prepares a run over the rows of slots, or all.
func (r *run) set(s *Scratch, e *Expert, act vec.Activation, inter int, slots []int32, out []float32) {
	c := s.layer.Config
	r.expert, r.act, r.inter, r.out, r.in = e, act, inter, out, &s.input
	from := &s.input
	if slots != nil && c.Experts > 0 && s.input.T > 1 { // else all rows
		from, r.in, r.rows = &s.single, &r.own, r.rows[:0]
		for _, slot := range slots {
			r.rows = append(r.rows, slot/int32(c.topK()))
		}
	}
	s.region.Set(from, e.GateUp.Format)
	r.h = kernels.Grow(r.h, len(out)/c.Hidden*padded(inter))
}

// gatherRun copies the rows of x that are run i's own, converted once for all runs.
func (s *Scratch) gatherRun(_, i int) {
	if r := &s.runs[i]; r.in == &r.own {
		r.own.Gather(&s.single, r.rows, r.expert.GateUp.Format)
	}
}

// Finish computes h from pairs of panels of GateUp, a gate and an up one, from p on.
func (r *run) Finish(gateUp []float32, first, n, p int) {
	stride := padded(r.inter)
	vec.SwiGLU(r.h[first*stride+p/2*kernels.PanelRows:], gateUp, n, stride, r.act)
}

// Done converts h to the form the down matrix reads, while some of it is in cache.
func (r *run) Done() {
	r.hidden.Reset(r.h, padded(r.inter), r.inter, nil, r.in.T)
	r.hidden.Set(r.expert.Down.Format)
}

// columns is how many tasks share a row of y.
func (s *Scratch) columns() int { return (s.layer.Config.Hidden + combineCols - 1) / combineCols }

// combineTask adds up some columns of the experts of a few tokens, in ascending expert order,
// then the shared one.
func (s *Scratch) combineTask(_, i int) {
	c, k := s.layer.Config, s.layer.Config.topK()
	from := i % s.columns() * combineCols
	to := min(from+combineCols, c.Hidden)
	part := func(rows []float32, row int) []float32 { return rows[row*c.Hidden+from : row*c.Hidden+to] }
	first := i / s.columns() * combineRows
	places := s.groups.places[first*k : min(first+combineRows, s.input.T)*k]
	fetch := vec.Fetch.Best()
	for _, place := range places { // of all pages at once: looking them up takes longer than reading
		fetch(kernels.FloatBytes(part(s.out, int(place))[:1]))
	}
	for i, place := range places {
		if i+1 < len(places) {
			fetch(kernels.FloatBytes(part(s.out, int(places[i+1]))))
		}
		token := first + i/k
		y := part(s.y, token)
		if i%k == 0 {
			clear(y)
		}
		vec.AXPY(y, s.weights[s.groups.slots[place]], part(s.out, int(place)))
		if i%k == k-1 && s.layer.Weights.Shared != nil {
			vec.Add(y, part(s.out, len(s.ids)+token))
		}
	}
}
