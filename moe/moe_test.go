package moe

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/kerneltest"
	"moebench/kernels/matmul"
	"moebench/kernels/vec"
	"moebench/ledger"
)

// configs cover every router kind, odd sizes, biases, shared experts, dense.
func configs() map[string]Config {
	clamped := vec.Activation{Kind: vec.ClampedSiLU, Limit: 0.7}
	return map[string]Config{
		"dense":    {Hidden: 48, Inter: 80},
		"odd":      {Hidden: 37, Inter: 21, Experts: 5, Router: Router{Score: Softmax, TopK: 2}},
		"mixtral":  {Hidden: 64, Inter: 48, Experts: 8, Router: Router{Score: Softmax, TopK: 2, Renorm: true}},
		"gpt-oss":  {Hidden: 64, Inter: 64, Experts: 8, Router: Router{Score: TopKSoftmax, TopK: 3, Bias: true}, Bias: true, Act: vec.Activation{Kind: vec.GPTOSS, Limit: 1, Alpha: 1.702}},
		"minimax":  {Hidden: 32, Inter: 32, Experts: 16, Router: Router{Score: Sigmoid, TopK: 4, SelectionBias: true, Renorm: true}},
		"deepseek": {Hidden: 64, Inter: 32, Experts: 16, SharedInter: 48, Router: Router{Score: Sigmoid, TopK: 4, Groups: 4, KeepGroups: 2, SelectionBias: true, Renorm: true, Scale: 2.5}},
		"v4":       {Hidden: 64, Inter: 32, Experts: 16, SharedInter: 32, Act: clamped, SharedAct: clamped, Router: Router{Score: SqrtSoftplus, TopK: 3, SelectionBias: true, Renorm: true, Scale: 1.5}},
		"all":      {Hidden: 32, Inter: 32, Experts: 4, Router: Router{Score: Softmax, TopK: 4}},
	}
}

// TestForward compares the sublayer with float64 for 1 to 20 rows, on every
// tier. Weights are f32, so that errors are those of f32 arithmetic: three
// products in a row of at most max(Hidden, Inter) terms, whose sums of
// magnitudes stay below about 4 here, with the factor of the router on top.
func TestForward(t *testing.T) {
	for name, c := range configs() {
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		r := &random{42}
		w, raw, router := testWeights(r, c, kernels.F32)
		l := NewLayer(c, w)
		terms := float64(c.Hidden + c.Inter + c.SharedInter + 64)
		bound := 16 * terms * 0x1p-24 * float64(max(c.Router.Scale, 1))
		for isa := hw.Generic; isa <= hw.BestISA(); isa++ {
			t.Run(fmt.Sprintf("%s/isa=%s", name, isa), func(t *testing.T) {
				defer kernels.Limit(isa)()
				s := NewScratch(kerneltest.Pool(t, 2))
				for _, rows := range []int{1, 2, 3, 8, 9, 20, 1} {
					x, y := r.values(rows*c.Hidden, 1), make([]float32, rows*c.Hidden)
					l.Forward(s, y, x, nil, nil)
					for i := range rows {
						want := reference(c, raw, router, w, x[i*c.Hidden:(i+1)*c.Hidden])
						for k, v := range want {
							if got := float64(y[i*c.Hidden+k]); !(math.Abs(got-v) <= bound) {
								t.Fatalf("%d rows: row %d, element %d: %g, want %g +- %.2g", rows, i, k, got, v, bound)
							}
						}
					}
				}
			})
		}
	}
}

// TestWorkers: the result does not depend on how many workers there are or how many experts
// run in a pass, and no row on which others are beside it.
func TestWorkers(t *testing.T) {
	c := configs()["deepseek"]
	r := &random{3}
	for _, f := range []kernels.Format{kernels.F32, kernels.BF16, kernels.MXFP4, kernels.INT8} {
		w, _, _ := testWeights(r, c, f)
		l := NewLayer(c, w)
		const rows = 30
		x := r.values(rows*c.Hidden, 1)
		var want []float32
		for _, workers := range []int{1, 2} {
			s := NewScratch(kerneltest.Pool(t, workers))
			y := make([]float32, rows*c.Hidden)
			l.Forward(s, y, x, nil, nil)
			if want == nil {
				want = y
			} else if !slices.Equal(y, want) {
				t.Errorf("%s: %d workers give other bits", f, workers)
			}
			for _, room := range []int{1, 5000} { // every expert on its own, and a few together
				s.room = room
				if l.Forward(s, y, x, nil, nil); !slices.Equal(y, want) {
					t.Errorf("%s: passes of %d bytes give other bits", f, room)
				}
			}
			for i := range rows {
				one := make([]float32, c.Hidden)
				l.Forward(s, one, x[i*c.Hidden:(i+1)*c.Hidden], nil, nil)
				if !slices.Equal(one, want[i*c.Hidden:(i+1)*c.Hidden]) {
					t.Fatalf("%s: row %d alone gives other bits", f, i)
				}
			}
		}
	}
}

func TestHash(t *testing.T) {
	c := Config{Hidden: 32, Inter: 32, Experts: 8, Router: Router{Score: SqrtSoftplus, TopK: 2, Renorm: true, Hash: true}}
	r := &random{5}
	w, _, _ := testWeights(r, c, kernels.F32)
	w.Hash = []int32{0, 1, 7, 3, 2, 5} // of tokens 0, 1, 2
	s := NewScratch(kerneltest.Pool(t, 1))
	x, y := r.values(3*c.Hidden, 1), make([]float32, 3*c.Hidden)
	NewLayer(c, w).Forward(s, y, x, []int32{2, 0, 1}, nil)
	ids, weights := s.Routes()
	if want := []int32{2, 5, 0, 1, 7, 3}; !slices.Equal(ids, want) {
		t.Errorf("ids %v, want %v", ids, want)
	}
	for i := 0; i < len(weights); i += 2 {
		if sum := weights[i] + weights[i+1]; math.Abs(float64(sum)-1) > 1e-6 {
			t.Errorf("weights of row %d sum to %g", i/2, sum)
		}
	}
}

// TestChooser: choices are replaced, weights still come from the scores.
func TestChooser(t *testing.T) {
	c := configs()["mixtral"]
	r := &random{5}
	w, _, _ := testWeights(r, c, kernels.F32)
	s := NewScratch(kerneltest.Pool(t, 1))
	x, y := r.values(4*c.Hidden, 1), make([]float32, 4*c.Hidden)
	routing, _ := ParseRouting("uniform")
	choose, _ := routing.Chooser(1, 0, c.Experts, c.Router.TopK)
	NewLayer(c, w).Forward(s, y, x, nil, choose)
	ids, weights := s.Routes()
	if got := slices.Sorted(slices.Values(ids)); !slices.Equal(got, []int32{0, 1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("4 tokens x 2 of 8 experts: %v, want each once", ids)
	}
	for i := 0; i < len(weights); i += 2 {
		if sum := weights[i] + weights[i+1]; math.Abs(float64(sum)-1) > 1e-6 {
			t.Errorf("weights of row %d sum to %g", i/2, sum)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	for name, c := range configs() {
		r := &random{5}
		w, _, _ := testWeights(r, c, kernels.MXFP4)
		l, s := NewLayer(c, w), NewScratch(kerneltest.Pool(t, 2))
		x, y := r.values(5*c.Hidden, 1), make([]float32, 5*c.Hidden)
		for range 20 { // groups of every size must have been met
			l.Forward(s, y, x, nil, nil)
		}
		if n := testing.AllocsPerRun(10, func() { l.Forward(s, y, x, nil, nil) }); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

// TestNaN: a row of NaN gives NaN there, and leaves its neighbours alone.
func TestNaN(t *testing.T) {
	c := configs()["deepseek"]
	r := &random{5}
	w, _, _ := testWeights(r, c, kernels.F32)
	l, s := NewLayer(c, w), NewScratch(kerneltest.Pool(t, 1))
	x, y := r.values(2*c.Hidden, 1), make([]float32, 2*c.Hidden)
	x[3] = float32(math.NaN())
	l.Forward(s, y, x, nil, nil)
	if y[0] == y[0] || y[c.Hidden] != y[c.Hidden] {
		t.Errorf("rows begin with %g and %g, want NaN and a number", y[0], y[c.Hidden])
	}
}

// count adds up what kernels of a format are asked to do.
type count struct{ macs, bytes int64 }

func (n *count) install(f kernels.Format) (restore func()) {
	set := matmul.KernelSet(f)
	real := set.Best()
	return set.Force(real.Instead(func(c *matmul.Call) {
		n.macs += int64(c.K) * int64(c.Rows*c.Tokens)
		n.bytes += int64(len(c.W))
		real.Run(c)
	}))
}

// TestLedger: parameters equal allocated elements; multiply-accumulates and
// bytes equal what the kernels saw, as integers. Sizes are whole blocks.
func TestLedger(t *testing.T) {
	c := Config{Hidden: 256, Inter: 128, Experts: 16, SharedInter: 128, Bias: true,
		Router: Router{Score: Sigmoid, TopK: 4, SelectionBias: true, Bias: true}}
	dense := Config{Hidden: 256, Inter: 384}
	for _, f := range kernels.Formats() {
		for _, c := range []Config{c, dense} {
			for _, rows := range []int{1, 4} {
				r := &random{1}
				w, _, _ := testWeights(r, c, f)
				l, s := NewLayer(c, w), NewScratch(kerneltest.Pool(t, 1))
				x, y := r.values(rows*c.Hidden, 1), make([]float32, rows*c.Hidden)
				var seen count
				restore := seen.install(f)
				l.Forward(s, y, x, nil, nil)
				restore()
				ids, _ := s.Routes()
				hit := len(slices.Compact(slices.Sorted(slices.Values(ids))))
				got := c.Ledger(Formats{f, f, f}, ledger.Step{Tokens: rows, Experts: hit}).Total()
				if got.MACs != seen.macs || got.WeightBytes != seen.bytes {
					t.Errorf("%s %+v, %d rows: ledger %d MACs %d bytes, kernels saw %d and %d", f, c, rows, got.MACs, got.WeightBytes, seen.macs, seen.bytes)
				}
				if n := elements(w); got.Params != n {
					t.Errorf("%s: ledger has %d parameters, allocated are %d", f, got.Params, n)
				}
			}
		}
	}
}

func elements(w *Weights) int64 {
	n := len(w.RouterBias) + len(w.SelectionBias)
	matrix := func(m *kernels.Matrix) {
		if m != nil {
			n += m.Rows * m.Cols
		}
	}
	matrix(w.Router)
	experts := w.Experts
	if w.Shared != nil {
		experts = append(slices.Clip(experts), *w.Shared)
	}
	for _, e := range experts {
		matrix(e.GateUp)
		matrix(e.Down)
		n += len(e.GateUpBias) + len(e.DownBias)
	}
	return int64(n)
}

func TestValidate(t *testing.T) {
	for _, c := range []Config{
		{}, {Hidden: 1}, {Hidden: 1, Inter: 1, Experts: 2}, {Hidden: 1, Inter: 1, Experts: 2, Router: Router{TopK: 3}},
		{Hidden: 1, Inter: 1, Experts: 8, Router: Router{TopK: 4, Groups: 3, KeepGroups: 2}},
		{Hidden: 1, Inter: 1, Experts: 8, Router: Router{TopK: 4, Groups: 4, KeepGroups: 1}},
		{Hidden: 1, Inter: 1, Experts: 128, Router: Router{TopK: 1, Groups: 128, KeepGroups: 1}},
	} {
		if c.Validate() == nil {
			t.Errorf("%+v passes", c)
		}
	}
}
