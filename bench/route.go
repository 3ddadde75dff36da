package bench

import (
	"fmt"
	"os"

	"moebench/moe"
)

// openRouting reads a routing and the trace it may name.
func openRouting(text string) (moe.Routing, error) {
	r, err := moe.ParseRouting(text)
	if err != nil || r.Path == "" {
		return r, err
	}
	f, err := os.Open(r.Path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	trace, err := moe.ReadTrace(f)
	if err != nil {
		return r, fmt.Errorf("%s: %w", r.Path, err)
	}
	return r.WithTrace(trace), nil
}

// choosers choose the experts of every sampled layer, nil where its router or nobody
// does. Layers have a chooser each, as in the whole model; but where experts are dealt
// like cards, layers that share a bank are dealt from one deck of those in memory, so that
// none of its experts comes twice before all came.
func (p *Plan) choosers() ([]moe.Chooser, error) {
	out := make([]moe.Chooser, len(p.Sampled.Layers))
	for i, l := range p.Sampled.Layers {
		if bank := p.sampling.Bank[i]; bank < i && p.routing.Deals() {
			out[i] = out[bank]
			continue
		}
		if c := l.FFN; c.Experts > 0 {
			var err error
			experts := c.Experts
			if p.routing.Deals() {
				experts = p.inMemory(c)
			}
			if out[i], err = p.routing.Chooser(p.Seed, p.numbers[i], experts, c.Router.TopK); err != nil {
				return nil, fmt.Errorf("%s with route %s: %w", p.Model, p.Route, err)
			}
		}
	}
	return out, nil
}
