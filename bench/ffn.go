package bench

import (
	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/ledger"
	"moebench/model"
	"moebench/moe"
)

// routedLayer measures the feed-forward sublayer of one layer alone: router,
// experts, combine. It is the sharpest view of the memory stream.
type routedLayer struct {
	Config moe.Config

	layer   *moe.Layer
	scratch *moe.Scratch
	choose  moe.Chooser
	weights *model.Model
	marks   marks
	tokens  int
	formats moe.Formats
	read    []int64 // bytes of a step that hits so many experts; 0: not asked yet
	x, y    []float32
}

// newRoutedLayer puts the experts of one layer into memory, in one format, with
// routes that rotate through all of them.
func newRoutedLayer(pool *hw.Pool, c moe.Config, f kernels.Format, tokens int) (*routedLayer, error) {
	routing, err := moe.ParseRouting("uniform")
	if err != nil {
		return nil, err
	}
	choose, err := routing.Chooser(1, 0, c.Experts, c.Router.TopK)
	if err != nil {
		return nil, err
	}
	m, err := model.SyntheticFFN(c, f, 1, pool)
	if err != nil {
		return nil, err
	}
	for _, w := range []*kernels.Matrix{m.Layers[0].FFN.Experts[0].GateUp, m.Layers[0].FFN.Experts[0].Down} {
		if err := matmul.Verify(w, min(tokens, matmul.TileTokens)); err != nil {
			m.Close()
			return nil, &WrongResult{err}
		}
	}
	return &routedLayer{
		Config: c, weights: m, marks: make(marks, c.Experts), read: make([]int64, c.Experts+1), tokens: tokens, choose: choose, formats: moe.Formats{Router: f, Expert: f, Shared: f},
		layer: moe.NewLayer(c, m.Layers[0].FFN), scratch: moe.NewScratch(pool),
		x: ramp(tokens * c.Hidden), y: make([]float32, tokens*c.Hidden),
	}, nil
}

// Step runs the sublayer once and returns the bytes of weights it read.
func (r *routedLayer) Step() int64 {
	r.layer.Forward(r.scratch, r.y, r.x, nil, r.choose)
	ids, _ := r.scratch.Routes()
	return r.bytes(r.marks.distinct(ids))
}

// bytes is what one step reads when it hits that many experts. It is asked for while time
// runs, and the ledger would take 10 us between two steps that drive it out of the caches.
func (r *routedLayer) bytes(hit int) int64 {
	if r.read[hit] == 0 {
		r.read[hit] = r.Config.Ledger(r.formats, ledger.Step{Tokens: r.tokens, Experts: hit}).Total().WeightBytes
	}
	return r.read[hit]
}

// Memory is all weights, as one block.
func (r *routedLayer) Memory() []byte { return r.weights.Memory() }

// Close returns the memory.
func (r *routedLayer) Close() { r.weights.Close() }

// v4FlashFFN is the routed part of a DeepSeek-V4-Flash layer, without the shared expert.
var v4FlashFFN = func() moe.Config {
	c := lastFFN("v4-flash")
	c.SharedInter = 0
	return c
}()

// lastFFN is that of a preset's last layer: the first ones may be dense, or look their
// experts up by token.
func lastFFN(id string) moe.Config {
	c, err := model.Preset(id)
	if err != nil {
		panic(err)
	}
	return c.Layers[len(c.Layers)-1].FFN
}
