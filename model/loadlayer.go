package model

import (
	"fmt"

	"moebench/attention"
	"moebench/moe"
)

// layer loads one layer.
func (l *loader) layer(i int, c Layer, w *Weights, s Sampling) {
	prefix := fmt.Sprintf(l.names.layer, l.number(i))
	l.vector(w.AttentionNorm, prefix+l.names.attentionNorm)
	l.vector(w.FFNNorm, prefix+l.names.ffnNorm)
	l.mix(w.AttentionMix, prefix+l.names.attentionMix)
	l.mix(w.FFNMix, prefix+l.names.ffnMix)
	l.attention(prefix, w.Attention)
	if c.FFN.Experts == 0 {
		l.expert(&w.FFN.Experts[0], c.FFN.Hidden, c.FFN.Inter, prefix+l.names.dense)
		if c.FFN.Bias {
			l.denseBias(prefix+l.names.dense, c.FFN, &w.FFN.Experts[0])
		}
		return
	}
	if s.bank(i) == i {
		own := w.FFN.Experts // those in memory: the others are the same ones again
		if n := s.resident(c.FFN); n > 0 {
			own = own[:n]
		}
		if l.names.fused {
			l.fusedExperts(prefix, c.FFN, own)
		} else {
			for e := range own {
				l.expert(&own[e], c.FFN.Hidden, c.FFN.Inter, prefix+fmt.Sprintf(l.names.expert, e))
			}
		}
	}
	l.router(prefix, c.FFN, w.FFN)
	if c.FFN.SharedInter > 0 {
		l.expert(w.FFN.Shared, c.FFN.Hidden, c.FFN.SharedInter, prefix+l.names.shared)
	}
}

func (l *loader) router(prefix string, c moe.Config, w *moe.Weights) {
	l.matrix(w.Router, 0, 1, prefix+l.names.router, c.Experts, c.Hidden)
	if c.Router.Bias {
		l.vector(w.RouterBias, prefix+l.names.routerBias)
	}
	if c.Router.SelectionBias {
		l.vector(w.SelectionBias, prefix+l.names.selectionBias)
	}
	if c.Router.Hash {
		l.hash(w, prefix+l.names.hash, c)
	}
}

// hash loads the experts of every token id.
func (l *loader) hash(w *moe.Weights, name string, c moe.Config) {
	t := l.tensor(name, l.config.Vocab, c.Router.TopK)
	if t == nil {
		return
	}
	if err := t.Int32s(w.Hash); err != nil {
		l.fail("%w", err)
		return
	}
	for i, e := range w.Hash {
		if e < 0 || int(e) >= c.Experts {
			l.fail("tensor %s: expert %d of token %d is %d, want 0 to %d", name, i%c.Router.TopK, i/c.Router.TopK, e, c.Experts-1)
			return
		}
	}
}

// attention loads whatever parts a sublayer has, by the family's names for them.
func (l *loader) attention(prefix string, w attention.Weights) {
	for _, p := range w.Matrices() {
		if src := l.source(prefix+l.names.attention[p.Name], p.Rows, p.Cols); src != nil {
			l.tasks = append(l.tasks, packTask{prefix + l.names.attention[p.Name], p.M, 0, 1, src.Part(p.First, p.M.Rows, p.M.Cols, p.Transposed)})
		}
	}
	for _, v := range w.Vectors() {
		switch {
		case len(v.X) == 0:
		case v.Rows > 0:
			l.floats(v.X, prefix+l.names.attention[v.Name], v.Rows, len(v.X)/v.Rows)
		default:
			l.vector(v.X, prefix+l.names.attention[v.Name])
		}
	}
}

// mix loads one site of hyper-connections, if there is any.
func (l *loader) mix(m *Mix, prefix string) {
	if m == nil {
		return
	}
	name, n, hidden := prefix+"fn", len(m.Fn), m.Fn[0].Cols
	if src := l.source(name, m.rows(), n*hidden); src != nil {
		for j, fn := range m.Fn {
			l.tasks = append(l.tasks, packTask{name, fn, 0, 1, src.Columns(j*hidden, hidden)})
		}
	}
	l.vector(m.Base, prefix+"base")
	l.vector(m.Scale, prefix+"scale")
}

// expert loads gate, up and down from a tensor each.
func (l *loader) expert(e *moe.Expert, hidden, inter int, prefix string) {
	l.matrix(e.GateUp, 0, 2, prefix+l.names.parts[0], inter, hidden)
	l.matrix(e.GateUp, 1, 2, prefix+l.names.parts[1], inter, hidden)
	l.matrix(e.Down, 0, 1, prefix+l.names.parts[2], hidden, inter)
}

func (l *loader) denseBias(prefix string, c moe.Config, e *moe.Expert) {
	gate, up := make([]float32, c.Inter), make([]float32, c.Inter)
	l.vector(gate, prefix+"gate_proj.bias")
	l.vector(up, prefix+"up_proj.bias")
	copy(e.GateUpBias, moe.FuseBias(gate, up))
	l.vector(e.DownBias, prefix+"down_proj.bias")
}
