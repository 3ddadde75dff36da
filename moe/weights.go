package moe

import "moebench/kernels"

// Weights are those of one feed-forward sublayer.
type Weights struct {
	Router        *kernels.Matrix // [Experts, Hidden]; nil when dense
	RouterBias    []float32       // [Experts] or nil
	SelectionBias []float32       // [Experts] or nil
	Hash          []int32         // [vocab][TopK] or nil
	Experts       []Expert
	Shared        *Expert // nil if there is none
}

// Expert is one gated FFN: down(act(gate x) * up x).
type Expert struct {
	// GateUp [2*16*ceil(inter/16), hidden] alternates panels of gate and up:
	// panel 2i holds rows 16i.. of gate, panel 2i+1 the same rows of up.
	GateUp     *kernels.Matrix
	Down       *kernels.Matrix // [hidden, inter]
	GateUpBias []float32       // in the order of GateUp's rows, or nil
	DownBias   []float32       // [hidden] or nil
}

// NewWeights allocates what c calls for; biases are zero. The routed experts are
// those of bank, if it is not nil: a sampled model shares them between layers.
// resident is how many of them are in memory, 0 for all: the others are the same
// ones again.
func NewWeights(alloc func(bytes int64) []byte, c Config, f Formats, bank []Expert, resident int) *Weights {
	w := &Weights{Experts: bank}
	if c.Experts > 0 {
		w.Router = kernels.NewMatrix(alloc, f.Router, c.Experts, c.Hidden)
		if c.Router.Bias {
			w.RouterBias = make([]float32, c.Experts)
		}
		if c.Router.SelectionBias {
			w.SelectionBias = make([]float32, c.Experts)
		}
	}
	if bank == nil {
		w.Experts = newExperts(alloc, c, f, resident)
	}
	if c.SharedInter > 0 {
		e := newExpert(alloc, f.Shared, c.Hidden, c.SharedInter)
		w.Shared = &e
	}
	return w
}

func newExperts(alloc func(bytes int64) []byte, c Config, f Formats, resident int) []Expert {
	experts := make([]Expert, c.routed())
	if resident < 1 {
		resident = len(experts)
	}
	for i := range experts {
		if i >= resident {
			experts[i] = experts[i%resident]
			continue
		}
		e := newExpert(alloc, f.Expert, c.Hidden, c.Inter)
		if c.Bias {
			e.GateUpBias, e.DownBias = make([]float32, e.GateUp.Rows), make([]float32, c.Hidden)
		}
		experts[i] = e
	}
	return experts
}

// All lists the routed experts and the shared one.
func (w *Weights) All() []Expert {
	if w.Shared == nil {
		return w.Experts
	}
	return append(w.Experts[:len(w.Experts):len(w.Experts)], *w.Shared)
}

// newExpert allocates one expert.
func newExpert(alloc func(bytes int64) []byte, f kernels.Format, hidden, inter int) Expert {
	return Expert{
		GateUp: kernels.NewMatrix(alloc, f, 2*padded(inter), hidden),
		Down:   kernels.NewMatrix(alloc, f, hidden, inter),
	}
}

func padded(n int) int { return (n + kernels.PanelRows - 1) / kernels.PanelRows * kernels.PanelRows }

// FuseBias puts the biases of gate and up in the row order of GateUp.
func FuseBias(gate, up []float32) []float32 {
	fused := make([]float32, 2*padded(len(gate)))
	for i := range gate {
		at := i/kernels.PanelRows*2*kernels.PanelRows + i%kernels.PanelRows
		fused[at], fused[at+kernels.PanelRows] = gate[i], up[i]
	}
	return fused
}
