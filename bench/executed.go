package bench

import (
	"strings"

	"moebench/kernels/count"
	"moebench/ledger"
)

// Executed is what the kernels do in one step of the whole model, extrapolated
// from the layers in memory like its time.
type Executed struct {
	MACs map[string]int64 `json:"macs"` // by kind and format, as conventions name them
}

// Executed counts one step. Rows of padding count: matrices of hyper-connections
// have 24 rows in panels of 16, and indexer keys are scored 32 at a time.
func (b *Bench) Executed() Executed {
	e := Executed{MACs: map[string]int64{}}
	b.session.Truncate(b.Ctx)
	b.begin()
	for _, k := range b.Kinds {
		w := count.Of(func() {
			for _, layer := range k.Layers {
				b.session.Layer(layer)
			}
		})
		e.add(w, b.rowFormats(k), int64(k.Count), int64(len(k.Layers)))
	}
	e.add(count.Of(func() { b.session.Head(b.Batch) }), [2]string{}, 1, 1)
	return e
}

// add takes in the work of n layers as that of times layers.
func (e *Executed) add(w count.Work, rows [2]string, times, n int64) {
	scale := func(key string, macs int64) {
		if macs > 0 {
			e.MACs[key] += macs / n * times
		}
	}
	for f, macs := range w.Matrix {
		scale(string(ledger.Matrix)+" "+f.String(), macs)
	}
	scale(string(ledger.Cache)+" "+rows[0], w.Attention)
	scale(string(ledger.Cache)+" "+rows[1], w.Index)
}

// rowFormats are the formats of a kind's cache rows and of its indexer's keys.
func (b *Bench) rowFormats(k PlanKind) (formats [2]string) {
	for _, l := range b.Whole.LayerLedger(b.Sampled.Layers[k.Layers[0]], b.Formats, b.Cache, b.step()) {
		if l.Kind == ledger.Cache {
			which := 0
			if strings.HasSuffix(l.Name, "index") {
				which = 1
			}
			formats[which] = l.Format
		}
	}
	return formats
}

// FLOP is what the executed work counts for under a convention.
func (e Executed) FLOP(c ledger.Convention) float64 {
	var sum float64
	for key, macs := range e.MACs {
		kind, format, _ := strings.Cut(key, " ")
		sum += 2 * c.CostOf(ledger.Kind(kind), format) * float64(macs)
	}
	return sum
}
