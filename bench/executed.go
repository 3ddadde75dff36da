package bench

import (
	"errors"
	"fmt"

	"moebench/kernels/count"
	"moebench/ledger"
	"moebench/model"
)

// Executed is what the kernels do in one step of the whole model, line by line
// beside what the ledger counts: extrapolated from one layer of each kind, like
// the ledger itself.
type Executed []model.Pair

// Executed counts one step. Gate, up and down of all experts are one line each.
func (b *Bench) Executed() (Executed, error) {
	var all Executed
	b.session.Truncate(b.Ctx)
	defer b.session.Truncate(b.Ctx) // the layers that are not run stay behind
	b.begin()
	add := func(prefix string, times int64, pairs []model.Pair, err error) error {
		for _, p := range pairs {
			scaled := ledger.Ledger{p.Counted, p.Executed}.Times(int(times)).Prefix(prefix)
			all = append(all, model.Pair{Counted: scaled[0], Executed: scaled[1]})
		}
		return err
	}
	for _, k := range b.Kinds {
		i := k.Layers[0]
		w := count.Of(func() { b.session.Layer(i) })
		pairs, err := b.model.ExecutedLayer(i, b.Cache, b.step(), w)
		if err := add(k.Name+".", int64(k.Count), pairs, err); err != nil {
			return nil, fmt.Errorf("%s %s: %w", b.Model, k.Name, err)
		}
	}
	w := count.Of(func() { b.session.Head(b.Batch) })
	pairs, err := b.model.ExecutedHead(b.step(), w)
	if err := add("", 1, pairs, err); err != nil {
		return nil, fmt.Errorf("%s head: %w", b.Model, err)
	}
	return all, nil
}

// FLOP is what the executed work counts for under a convention.
func (e Executed) FLOP(c ledger.Convention) float64 {
	var l ledger.Ledger
	for _, p := range e {
		l = append(l, p.Executed)
	}
	return c.FLOP(l)
}

// Check reports the first line on which ledger and kernels disagree, or that there is none.
func (e Executed) Check() error {
	if len(e) == 0 {
		return errors.New("nothing was counted")
	}
	for _, p := range e {
		if !p.Equal() {
			return fmt.Errorf("%s: the ledger counts %d MACs and %d bytes, kernels did %d and read %d",
				p.Counted.Name, p.Counted.MACs, p.Counted.WeightBytes, p.Executed.MACs, p.Executed.WeightBytes)
		}
	}
	return nil
}
