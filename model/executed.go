package model

import (
	"fmt"
	"strings"

	"moebench/attention"
	"moebench/kernels"
	"moebench/kernels/count"
	"moebench/ledger"
)

// Pair is one matrix, or one kind of work with cache rows, as the ledger counts it
// and as kernels did it. MACs and weight bytes of the two are comparable.
type Pair struct{ Counted, Executed ledger.Line }

// Equal says whether the two are the same, as integers.
func (p Pair) Equal() bool {
	return p.Counted.MACs == p.Executed.MACs && p.Counted.WeightBytes == p.Executed.WeightBytes
}

// ExecutedLayer pairs the work w of one row in layer i with the ledger's lines.
// Streams that attention reads as one list of rows are one pair. It fails when a
// kernel used weights that are not the layer's.
func (m *Model) ExecutedLayer(i int, cache attention.CacheFormat, step ledger.Step, w count.Work) ([]Pair, error) {
	var pairs []Pair
	rows := -1 // the pair of the rows attention reads
	for _, line := range m.Config.LayerLedger(m.Config.Layers[i], m.Formats, cache, step) {
		p := pair(line)
		switch {
		case line.Kind == ledger.Matrix:
			p.take(w, m.named(i, line.Name))
		case line.Kind == ledger.Cache && strings.HasSuffix(line.Name, "index"):
			p.Executed.MACs = w.Index
		case line.Kind == ledger.Cache && rows < 0:
			p.Executed.MACs, rows = w.Attention, len(pairs)
		case line.Kind == ledger.Cache:
			pairs[rows].Counted.MACs += line.MACs
			pairs[rows].Counted.CacheRead += line.CacheRead
			continue
		default:
			continue
		}
		pairs = append(pairs, p)
	}
	return pairs, nothingLeft(w)
}

// ExecutedHead is ExecutedLayer for the head.
func (m *Model) ExecutedHead(step ledger.Step, w count.Work) ([]Pair, error) {
	var pairs []Pair
	for _, line := range m.Config.HeadLedger(m.Formats, step) {
		if line.Kind != ledger.Matrix {
			continue
		}
		p, matrices := pair(line), []*kernels.Matrix{m.Head}
		if line.Name != "head" {
			matrices = m.HeadMix.Fn
		}
		p.take(w, matrices)
		pairs = append(pairs, p)
	}
	return pairs, nothingLeft(w)
}

// pair has nothing executed yet.
func pair(l ledger.Line) Pair {
	return Pair{Counted: l, Executed: ledger.Line{Name: l.Name, Kind: l.Kind, Format: l.Format, Formula: l.Formula}}
}

func (p *Pair) take(w count.Work, matrices []*kernels.Matrix) {
	for _, m := range matrices {
		macs, bytes := w.Take(m)
		p.Executed.MACs += macs
		p.Executed.WeightBytes += bytes
	}
}

func nothingLeft(w count.Work) error {
	if n := len(w.Pairs); n > 0 {
		return fmt.Errorf("kernels multiplied %d pairs of panels that no line of the ledger has", n)
	}
	return nil
}

// named lists the matrices of layer i that a line of the ledger stands for.
func (m *Model) named(i int, line string) []*kernels.Matrix {
	l := &m.Layers[i]
	switch line {
	case "attention_mix":
		return l.AttentionMix.Fn
	case "ffn_mix":
		return l.FFNMix.Fn
	case "ffn.router":
		return []*kernels.Matrix{l.FFN.Router}
	case "ffn.shared_gate_up":
		return []*kernels.Matrix{l.FFN.Shared.GateUp}
	case "ffn.shared_down":
		return []*kernels.Matrix{l.FFN.Shared.Down}
	}
	var out []*kernels.Matrix
	for _, x := range l.FFN.Experts {
		switch line {
		case "ffn.gate_up":
			out = append(out, x.GateUp)
		case "ffn.down":
			out = append(out, x.Down)
		}
	}
	for _, p := range l.Attention.Matrices() {
		name := p.Name
		if name == "kv_b" { // absorbed: keys transposed, values as they are
			name = map[bool]string{true: "k_b", false: "v_b"}[p.Transposed]
		}
		if line == "attention."+name {
			out = append(out, p.M)
		}
	}
	return out
}
