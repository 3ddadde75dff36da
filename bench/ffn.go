package bench

import (
	"fmt"
	"time"

	"moebench/hw"
	"moebench/kernels"
	"moebench/kernels/matmul"
	"moebench/ledger"
	"moebench/model"
	"moebench/moe"
)

// RoutedFFN measures the feed-forward sublayer of one layer alone: router,
// experts, combine. It is the sharpest view of the memory stream.
type RoutedFFN struct {
	Config moe.Config
	Wall   hw.Wall

	layer   *moe.Layer
	scratch *moe.Scratch
	choose  moe.Chooser
	weights *model.Model
	reader  *hw.Reader
	tokens  int
	formats moe.Formats
	x, y    []float32
}

// NewRoutedFFN puts the experts of one layer into memory, in one format, with
// routes that rotate through all of them.
func NewRoutedFFN(pool *hw.Pool, c moe.Config, f kernels.Format, tokens int) (*RoutedFFN, error) {
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
	routing, err := moe.ParseRouting("uniform")
	if err != nil {
		return nil, err
	}
	r := &RoutedFFN{Config: c, weights: m, tokens: tokens, formats: moe.Formats{Router: f, Expert: f, Shared: f}, layer: moe.NewLayer(c, m.Layers[0].FFN), scratch: moe.NewScratch(pool),
		x: make([]float32, tokens*c.Hidden), y: make([]float32, tokens*c.Hidden)}
	if r.choose, err = routing.Chooser(1, 0, c.Experts, c.Router.TopK); err != nil {
		return nil, err
	}
	for i := range r.x {
		r.x[i] = float32(i%17)/8 - 1
	}
	r.Wall = hw.FindWall(pool, m.Memory())
	r.reader = r.Wall.NewReader(pool, m.Memory())
	return r, nil
}

// Step runs the sublayer once and returns the bytes of weights it read.
func (r *RoutedFFN) Step() int64 {
	r.layer.Forward(r.scratch, r.y, r.x, nil, r.choose)
	return r.bytes(distinct(r.scratch.Routes()))
}

// bytes is what one step reads when it hits that many experts.
func (r *RoutedFFN) bytes(hit int) int64 {
	return r.Config.Ledger(r.formats, ledger.Step{Tokens: r.tokens, Experts: hit}).Total().WeightBytes
}

// Pair measures a slice of steps and a slice of the wall beside it, both in
// bytes per nanosecond: GB/s.
func (r *RoutedFFN) Pair() (gbs, wall float64) {
	var bytes int64
	start := time.Now()
	for time.Since(start) < Slice {
		bytes += r.Step()
	}
	elapsed := time.Since(start)
	return float64(bytes) / float64(elapsed), float64(bytes) / float64(r.reader.Read(bytes))
}

// Close returns the memory.
func (r *RoutedFFN) Close() { r.weights.Close() }

// V4FlashFFN is the routed part of a DeepSeek-V4-Flash layer: 256 experts of
// 3 x 4096 x 2048, six a token (deepseek.md 1.1; sqrt(softplus) scores).
var V4FlashFFN = moe.Config{
	Hidden: 4096, Inter: 2048, Experts: 256,
	Router: moe.Router{Score: moe.SqrtSoftplus, TopK: 6, SelectionBias: true, Renorm: true, Scale: 1.5},
}

// FFNShapes are the feed-forward sublayers that benchmarks name.
func FFNShapes() map[string]moe.Config {
	shapes := map[string]moe.Config{"v4-flash": V4FlashFFN}
	for _, c := range model.Presets() {
		if last := c.Layers[len(c.Layers)-1]; last.FFN.Experts > 0 {
			shapes[c.ID] = last.FFN
		}
	}
	return shapes
}

// String names the shape for people.
func (r *RoutedFFN) String() string {
	c := r.Config
	return fmt.Sprintf("%d experts of 3 x %d x %d, %d a token", c.Experts, c.Hidden, c.Inter, c.Router.TopK)
}
